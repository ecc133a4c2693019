"""The embedded model packs."""
