"""The whole story in fast motion: look-alikes, the real service, and what came of it."""
