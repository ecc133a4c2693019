"""How it looks: colours, type and icons."""
