"""The whole story in fast motion, and what came of it."""
