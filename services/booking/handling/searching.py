"""A search for free times: reads what is taken, and leaves the arithmetic to ``availability``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice
from uuid import UUID

from backbone.local_time import local_day
from backbone.projecting.reading import ProjectionReader
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.own_time import free_without
from services.booking.appointments.rules import daily_limit_id
from services.booking.availability.candidates import Candidates, candidates_for
from services.booking.availability.free_times import Busy, Choice, Window, starts
from services.booking.handling.asker import Asker
from services.booking.handling.open_seats import open_seats
from services.booking.setup.catalogue import Setup
from services.booking.setup.facility import Facility
from services.booking.setup.visit_type import VisitType
from services.booking.slots import instant, utc_midnight_slot
from services.booking.store import BookingStore

__all__ = ["Found", "Question", "Searching", "visible_facilities"]

FIRST_LOOK = timedelta(days=2)
"""How far a search looks at first, and then twice as far each time: most find enough near by."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for."""

    visit_type: VisitType
    starts_from: datetime
    starts_before: datetime
    facilities: tuple[Facility, ...]
    any_of: tuple[UUID, ...] = ()
    patient_time_of: tuple[UUID, ...] = ()
    moving: Appointment | None = None
    """Its own time counts as free."""
    after: tuple[int, UUID] | None = None
    """The start and facility of the last proposal that was seen."""


@dataclass(frozen=True, slots=True)
class Found:
    """A proposal."""

    candidates: Candidates
    choice: Choice


class Searching:
    """The part of the service that proposes times."""

    def __init__(self, store: BookingStore, sessions: ProjectionReader) -> None:
        self._store = store
        self._sessions = sessions

    async def propose(self, question: Question, now: datetime, limit: int) -> list[Found]:
        """Up to ``limit`` proposals in order of time; looks no further ahead than it must."""
        earliest = now + timedelta(minutes=question.visit_type.lead_minutes)
        if question.after is not None:
            earliest = max(earliest, instant(question.after[0]))
        begin = max(question.starts_from, earliest)
        freed = await free_without(self._store.events, question.moving) if question.moving else {}
        found: list[Found] = []
        ahead = FIRST_LOOK
        while begin < question.starts_before and len(found) < limit:
            end = min(begin + ahead, question.starts_before)
            window = Window.of(begin, end, question.visit_type)
            found += islice(await self._within(question, window, earliest, freed), limit - len(found))
            begin, ahead = end, ahead * 2
        return found

    async def _within(
        self,
        question: Question,
        window: Window,
        earliest: datetime,
        freed: Mapping[UUID, Sequence[int]],
    ) -> Iterator[Found]:
        setup, visit_type = self._store.cache.setup, question.visit_type
        searches = [candidates_for(setup, visit_type, f, question.any_of) for f in question.facilities]
        wanted = {resource_id for search in searches for resource_id in search.claimed}
        taken = await self._store.events.busy(
            (*wanted, *question.patient_time_of), window.base, window.end_of_bits
        )
        taken = {key: bits & ~_as_bits(freed.get(key, ()), window) for key, bits in taken.items()}
        patient = _union(taken[patient_id] for patient_id in question.patient_time_of)
        found = []
        for search in searches:
            busy = Busy(taken, patient, await self._full_days(search, window, freed))
            if visit_type.seats is not None:
                # Before the others: where a session stands, its seat is offered, not a second session.
                seats = await open_seats(self._store, self._sessions, search, window, busy, earliest)
                found.append(_of(search, seats))
            found.append(_of(search, starts(search, window, busy, earliest)))
        ordered = merge(*found, key=_order)
        fresh = (one for one in ordered if question.after is None or _order(one) > question.after)
        return _each_once(fresh)

    async def _full_days(
        self, search: Candidates, window: Window, freed: Mapping[UUID, Sequence[int]]
    ) -> frozenset[date]:
        """Local days on which the limit is reached, but for what is freed."""
        if search.visit_type.daily_limit is None:
            return frozenset()
        zone = search.facility.zone
        first = local_day(instant(window.first), zone)
        days = [
            first + timedelta(days=n) for n in range((local_day(instant(window.end), zone) - first).days + 1)
        ]
        counter = daily_limit_id(search.facility.facility_id, search.visit_type.code)
        base = utc_midnight_slot(first)
        bits = (await self._store.events.busy([counter], base, utc_midnight_slot(days[-1]) + 1))[counter]
        places = {day: utc_midnight_slot(day) for day in days}
        own = freed.get(counter, ())
        return frozenset(d for d, slot in places.items() if bits >> slot - base & 1 and slot not in own)


def _as_bits(slots: Iterable[int], window: Window) -> int:
    bits = 0
    for slot in slots:
        if window.base <= slot < window.end_of_bits:
            bits |= 1 << slot - window.base
    return bits


def _union(many: Iterable[int]) -> int:
    bits = 0
    for one in many:
        bits |= one
    return bits


def _of(search: Candidates, choices: Iterator[Choice]) -> Iterator[Found]:
    return (Found(search, choice) for choice in choices)


def _order(found: Found) -> tuple[int, UUID]:
    return found.choice.slot, found.candidates.facility.facility_id


def _each_once(found: Iterable[Found]) -> Iterator[Found]:
    """A session and a new one could start at the same time at the same place: one proposal is enough."""
    last: tuple[int, UUID] | None = None
    for one in found:
        if _order(one) != last:
            last = _order(one)
            yield one


def visible_facilities(setup: Setup, asker: Asker, facility_id: UUID | None) -> tuple[Facility, ...]:
    """The facilities to search: the one asked for, or all that exist for the asker."""
    return tuple(
        facility
        for key, facility in sorted(setup.facilities.items())
        if (facility_id is None or key == facility_id) and asker.caller.sees_facility(key)
    )
