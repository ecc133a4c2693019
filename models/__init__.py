"""The network and its training; with `export`, the only packages that need torch."""
