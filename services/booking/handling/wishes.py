"""What a request wishes for, in the terms that a visit is planned in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.booking.appointments.appointment import Appointment
from services.booking.appointments.visit import Wish
from services.booking.commands.appointments import Book, Hold, Reschedule

__all__ = ["moved", "wish"]


def wish(wanted: Hold | Book) -> Wish:
    """What a proposal asks for."""
    return Wish(
        wanted.visit_type,
        wanted.starts_at,
        wanted.ends_at,
        wanted.resource_ids or (),
        wanted.resources or (),
    )


def moved(was: Appointment, wanted: Reschedule) -> Wish:
    """What a move asks for; what it doesn't say, length and resources, stays as it was."""
    ids: Sequence[UUID] = wanted.resource_ids or (() if wanted.resources else was.resource_ids)
    ends_at: datetime = wanted.ends_at or wanted.starts_at + (was.ends_at - was.starts_at)
    return Wish(was.visit_type, wanted.starts_at, ends_at, tuple(ids), wanted.resources or ())
