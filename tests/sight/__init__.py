"""What one sees of a whole house, as real processes: its figures, its traces, and no patient in any of it."""
