"""What works off the GUI thread, and the one place that begins and ends a thread."""
