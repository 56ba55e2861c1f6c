"""Calendars: what stands in the time of each provider, room and device."""
