"""Mautic as code: what we want there, what is there, the plan, its applying."""
