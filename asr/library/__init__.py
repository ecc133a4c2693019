"""Every session and every file that was ever transcribed, kept and found again."""
