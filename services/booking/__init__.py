"""Booking: who comes when, to whom, where.

Owns facilities, visit types, resources, patients, appointments and tasks: a folder each for what is decided
of ``setup``, ``appointments``, ``availability``, ``patients`` and ``tasks``. Around them: ``asking`` (who
asks, when, what they may), ``slots`` (the grid that everything is booked on), ``sealed`` (texts that no
rule can read), ``sweeping`` (what time brings), ``figures`` (what is counted).
"""
