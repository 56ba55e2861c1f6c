"""The agenda: what the morning huddle looks at, per facility and day."""
