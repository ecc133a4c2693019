"""The controls, one a file: they show and ask, and know no file and no thread."""
