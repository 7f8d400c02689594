"""What behaviour is worth at a moment, and why."""
