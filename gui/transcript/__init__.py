"""The transcript in the window: its Qt model and its view."""
