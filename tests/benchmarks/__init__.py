"""What is promised of speed, measured: figures and ratios, never a timed test."""
