"""The library in the window: everything that was heard, listed and searched."""
