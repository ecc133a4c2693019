"""A network that gives words their case and the marks between them."""
