"""Connectors to applicant tracking systems, and the hand-over through them."""
