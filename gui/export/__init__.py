"""Entries as files: which format, which options, which names."""
