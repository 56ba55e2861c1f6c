"""The commands, and the one place that knows every service."""
