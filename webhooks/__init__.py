"""What arrives, whether it is genuine, and what it means in our words."""
