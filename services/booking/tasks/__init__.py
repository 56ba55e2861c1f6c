"""Tasks: work that somebody has to do."""
