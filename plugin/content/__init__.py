"""What content is for: which phase, which topics."""
