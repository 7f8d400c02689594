"""A look-alike of Carerix, after what is documented of it."""
