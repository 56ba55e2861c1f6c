"""Appointments: what is decided about a visit, from its hold to its end."""
