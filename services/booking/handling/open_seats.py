"""Group visits that stand and have a seat left."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from backbone.projecting.reading import NotThere, ProjectionReader
from services.booking.appointments.group_visit import seats_resource
from services.booking.availability.candidates import Candidates
from services.booking.availability.free_times import Busy, Choice, Window
from services.booking.availability.group_sessions import StandingSession, standing_sessions
from services.booking.slots import SLOT_MINUTES, bits_between, instant, slot_of
from services.booking.store import BookingStore

__all__ = ["open_seats"]


async def open_seats(
    store: BookingStore,
    sessions: ProjectionReader,
    search: Candidates,
    window: Window,
    busy: Busy,
    earliest: datetime,
) -> Iterator[Choice]:
    """Starts of standing group visits with a seat left, at which the patient is free, in order."""
    standing = await _standing(store, sessions, search, window, earliest)
    if not standing:
        return iter(())
    known = {resource.resource_id: resource for resource in search.resources}
    seats: dict[UUID, UUID] = {one.session_id: seats_resource(one.session_id) for one in standing}
    full = await store.events.busy(seats.values(), window.base, window.end_of_bits)
    length = search.visit_type.minutes // SLOT_MINUTES
    chosen = []
    for one in standing:
        first = slot_of(one.starts_at) - window.base
        resources = tuple(known[i] for i in one.resource_ids if i in known)
        taken = bits_between(first, first + length) & (full[seats[one.session_id]] | busy.patient)
        if len(resources) == len(one.resource_ids) and not taken:
            chosen.append(Choice(window.base + first, resources))
    return iter(chosen)


async def _standing(
    store: BookingStore, sessions: ProjectionReader, search: Candidates, window: Window, earliest: datetime
) -> list[StandingSession]:
    try:
        async with sessions.open() as tables:
            return await standing_sessions(
                tables,
                search.visit_type.code,
                search.facility.facility_id,
                max(instant(window.first), earliest),
                instant(window.end),
                store.events.clock.now(),
            )
    except NotThere:
        return []
