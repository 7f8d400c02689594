"""A look-alike of Tellent Recruitee, after what is documented of it."""
