"""What happens, in order: process, rescore, deliver, sweep, reconcile; and the jobs."""
