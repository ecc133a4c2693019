"""The editor: a transcript that can be mended, with the sound of every word."""
