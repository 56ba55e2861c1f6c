"""A search for free times: reads what is taken, and leaves the arithmetic to ``availability``."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from backbone.local_time import local_day
from backbone.projecting.reading import ProjectionReader
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.own_time import free_without
from services.booking.appointments.rules import daily_limit_id
from services.booking.availability.candidates import Candidates, KnownCandidates
from services.booking.availability.free_times import Busy, Choice, Window, reach_of, starts
from services.booking.availability.looks import looks, without
from services.booking.events.setup import SetupEvent
from services.booking.handling.asker import Asker
from services.booking.handling.open_seats import open_seats
from services.booking.setup.catalogue import Setup
from services.booking.setup.facility import Facility
from services.booking.setup.visit_type import VisitType
from services.booking.slots import instant, slot_after, utc_midnight_slot
from services.booking.store import BookingStore

__all__ = ["Found", "Outdated", "Question", "Searching", "visible_facilities"]


class Outdated(Exception):
    """The setup has changed since the question was put: it is to be put anew."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for."""

    setup: Setup
    """That visit type and facilities are of."""
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


class Found(NamedTuple):
    """A proposal."""

    candidates: Candidates
    choice: Choice


class Searching:
    """The part of the service that proposes times."""

    def __init__(self, store: BookingStore, sessions: ProjectionReader) -> None:
        self._store = store
        self._sessions = sessions
        self._known = KnownCandidates()

    async def propose(
        self, ask: Callable[[Setup], Question | None], now: datetime, limit: int
    ) -> list[Found] | None:
        """Up to ``limit`` proposals in order of time, by the setup as of now; looks no further ahead than it
        must. ``ask``: the question in terms of a setup; None where that has nothing to ask about, and then so
        is the answer.

        It asks by the setup that is known and learns with what is busy whether that is still the newest:
        nearly always it is, which spares a look at it beforehand.
        """
        question = ask(await self._store.cache.loaded())
        if question is not None:
            with suppress(Outdated):
                return await self._search(question, now, limit)
        question = ask(await self._store.cache.refresh())
        return None if question is None else await self._search(question, now, limit, refreshed=True)

    async def _search(
        self, question: Question, now: datetime, limit: int, refreshed: bool = False
    ) -> list[Found]:
        """``refreshed``: the setup was read since the question came in, and is taken as it is."""
        visit_type = question.visit_type
        earliest = now + timedelta(minutes=visit_type.lead_minutes)
        if question.after is not None:
            earliest = max(earliest, instant(question.after[0]))
        searches = [
            self._known.at(question.setup, visit_type, facility, question.any_of)
            for facility in question.facilities
        ]
        # The patient's own time first, then each search's resources, in their order.
        wanted = [*question.patient_time_of]
        for search in searches:
            wanted += search.claimed
        freed = await free_without(self._store.events, question.moving) if question.moving else {}
        found: list[Found] = []
        first = slot_after(max(question.starts_from, earliest))
        stretches = list(looks(first, slot_after(question.starts_before), reach_of(visit_type)))
        if not (stretches or refreshed):
            raise Outdated
        for begin, end in stretches:
            window = Window.of(begin, end, visit_type)
            weeks = await self._store.events.busy_weeks(
                wanted, window.first_week, window.last_week, SetupEvent.kafka_topic
            )
            if not (refreshed or self._store.cache.is_newest(question.setup, weeks.newest)):
                raise Outdated
            bits = without(freed, wanted, weeks.bits, window)
            there = await self._within(question, searches, window, bits, earliest, freed)
            found += islice(there, limit - len(found))
            if len(found) == limit:
                break
        return found

    async def _within(
        self,
        question: Question,
        searches: Sequence[Candidates],
        window: Window,
        bits: Sequence[int],
        earliest: datetime,
        freed: Mapping[UUID, Sequence[int]],
    ) -> Iterator[Found]:
        taken = iter(bits)
        patient = _union(islice(taken, len(question.patient_time_of)))
        found = []
        for search in searches:
            resources = list(islice(taken, len(search.claimed)))
            busy = Busy(resources, patient, await self._full_days(search, window, freed))
            if question.visit_type.seats is not None:
                # Before the others: where a session stands, its seat is offered, not a second session.
                seats = await open_seats(self._store, self._sessions, search, window, busy, earliest)
                found.append(_of(search, seats))
            found.append(_of(search, starts(search, window, busy, earliest)))
        ordered = found[0] if len(found) == 1 else _each_once(merge(*found, key=_order))
        after = question.after
        return ordered if after is None else (one for one in ordered if _order(one) > after)

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
