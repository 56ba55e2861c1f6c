"""What one sees of a running house: logs, metrics and traces, none of which ever holds a patient's data."""
