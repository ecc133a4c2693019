"""The language models and the pronunciations: estimation and training."""
