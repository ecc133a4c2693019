"""From a checkpoint to a proven pack."""
