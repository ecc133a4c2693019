"""The acoustic model: front end, network, losses, training."""
