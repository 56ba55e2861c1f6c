"""What everybody looks at: calendars, the agenda, a patient's appointments. Built from events alone."""
