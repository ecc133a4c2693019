"""What every training shares: schedules, checkpoints, processes, logs."""
