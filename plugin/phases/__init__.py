"""Which phase a person is in, and what comes of it."""
