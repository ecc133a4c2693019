"""How good it is: lists of utterances, error rates, the two together."""
