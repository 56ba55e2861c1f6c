"""How booking's aggregates are kept and found again: streams, claims, and the setup that goes with them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from backbone.events import DomainEvent
from backbone.store.decision import Decision, IdempotencyKey, Outcome, Refused, Stale
from backbone.store.kept import find_kept
from backbone.store.store import Store
from services.booking.appointments.appointment import Appointment, fold
from services.booking.appointments.group_visit import Session, next_session, seats_resource, session_id
from services.booking.appointments.holding import hold_expired
from services.booking.appointments.standing import Standing, Stretch
from services.booking.appointments.visit import Visit
from services.booking.events.appointments import AppointmentEvent
from services.booking.events.patients import PatientEvent
from services.booking.events.tasks import TaskEvent
from services.booking.patients import patient as patients
from services.booking.patients.cache import PatientCache
from services.booking.patients.patient import Patient
from services.booking.setup.cache import SetupCache
from services.booking.setup.catalogue import Setup
from services.booking.slots import slot_of
from services.booking.tasks import task as tasks
from services.booking.tasks.open_tasks import OpenTasks
from services.booking.tasks.task import TASK_SLOT, Task, tasks_of

__all__ = ["BookingStore", "Decide", "expired"]

Decide = Callable[[Setup], Awaitable[Decision]]

ATTEMPTS = 16
"""How often one request is decided again while others change what it reads; then it is answered as stale."""

OPEN_TASKS = "SELECT owner FROM claims WHERE resource_id = ANY ($1::uuid[]) AND slot = $2 ORDER BY owner"


def expired(stream: Sequence[DomainEvent], expired_at: datetime) -> DomainEvent:
    """The event that a hold of booking leaves behind when it has run out (``HoldExpiry``)."""
    held = fold(cast(Sequence[AppointmentEvent], stream))
    if held is None:
        raise ValueError("a hold without a stream")
    return hold_expired(held, expired_at)


class BookingStore:
    """Reads what decisions are made from, and commits them."""

    def __init__(self, store: Store) -> None:
        self.events = store
        self.cache = SetupCache(store)
        self._patients = PatientCache()

    async def execute(self, decide: Decide) -> Outcome:
        """Decides and commits; decides again, on a fresh setup, where what was read has changed meanwhile.

        The setup in memory may lag behind. A decision that is accepted names the versions that it was made
        from, and the commit compares them; a refusal is only final when it was made on the setup as of now.
        """
        for attempt in range(ATTEMPTS):
            setup = await (self.cache.refresh() if attempt else self.cache.loaded())
            decision = await decide(setup)
            if decision.refusal is not None:
                fresh = await self.cache.refresh()
                decision = decision if fresh is setup else await decide(fresh)
            if decision.refusal is not None and decision.key is None:
                return Refused(decision.refusal, decision.conflicts)
            outcome = await self.events.submit(decision)
            if not isinstance(outcome, Stale):
                return outcome
            self._patients.forget(outcome.streams)
        return Stale()

    async def kept(self, key: IdempotencyKey | None) -> Outcome | None:
        """What was answered to the same request before; None where nothing was.

        None also where another request has used the key: the commit, which looks again, then refuses it.
        """
        if key is None:
            return None
        async with self.events.reading() as connection:
            return await find_kept(connection, key, self.events.clock.now())

    async def appointment(self, appointment_id: UUID) -> Appointment | None:
        """One appointment as it stands; None where there is none."""
        return (await self.appointments([appointment_id])).get(appointment_id)

    async def appointments(self, ids: Iterable[UUID]) -> Mapping[UUID, Appointment]:
        """Those of ``ids`` that are appointments."""
        found = {}
        for key, events in (await self.events.load_many(ids)).items():
            known = fold(event for event in events if isinstance(event, AppointmentEvent))
            if known is not None:
                found[key] = known
        return found

    async def patients(self, ids: Iterable[UUID]) -> Mapping[UUID, Patient]:
        """Those of ``ids`` that are patients' records, as they stand."""
        found: dict[UUID, Patient] = {}
        for key, events in (await self.events.load_many(ids)).items():
            known: Patient | None = None
            for event in events:
                if isinstance(event, PatientEvent):
                    known = patients.evolve(known, event)
            if known is not None:
                found[key] = known
        self._patients.keep(found.values())
        return found

    async def patient_to_book(self, patient_id: UUID) -> Patient | None:
        """As ``patient``, but perhaps from memory: for decisions that name the version that they saw."""
        return self._patients.get(patient_id) or await self.patient(patient_id)

    async def patient(self, patient_id: UUID) -> Patient | None:
        """The record that stands for the patient now, be it the one it was merged into; None once erased."""
        known = await self.patient_or_erased(patient_id)
        return None if known is None or known.erased else known

    async def patient_or_erased(self, patient_id: UUID) -> Patient | None:
        """The same, and what is left of one who was erased."""
        known: Patient | None = None
        seen: set[UUID] = set()
        while patient_id not in seen:
            seen.add(patient_id)
            known = (await self.patients([patient_id])).get(patient_id)
            if known is None or known.merged_into is None:
                break
            patient_id = known.merged_into
        return known

    async def task(self, task_id: UUID) -> Task | None:
        """One task as it stands."""
        return next(iter(await self._tasks([task_id])), None)

    async def open_tasks(self, *subjects: UUID) -> OpenTasks:
        """What is to be done about appointments or patients."""
        about = [tasks_of(subject) for subject in subjects]
        async with self.events.reading() as connection:
            rows = await connection.fetch(OPEN_TASKS, about, TASK_SLOT)
        found = await self._tasks([row["owner"] for row in rows]) if rows else []
        return OpenTasks(subjects, tuple(task for task in found if not task.done))

    async def _tasks(self, ids: Iterable[UUID]) -> list[Task]:
        found = []
        for events in (await self.events.load_many(ids)).values():
            known: Task | None = None
            for event in events:
                if isinstance(event, TaskEvent):
                    known = tasks.evolve(known, event)
            found += [known] if known else []
        return found

    async def session(self, session_id: UUID) -> Session:
        """A group visit as it stands, with its seats; without any where there never was one."""
        known = await self.appointment(session_id)
        if known is None:
            return Session(session_id)
        first, end = slot_of(known.starts_at), slot_of(known.ends_at)
        owners = await self.events.owners(seats_resource(session_id), first, end)
        return Session(session_id, known, tuple((await self.appointments(owners)).values()))

    async def session_for(self, visit: Visit) -> Session:
        """The group visit that ``visit`` is a seat in: the one that stands there, wherever it was when it
        was opened, or the one that would be opened."""
        now = self.events.clock.now()
        found = await self.session(session_id(visit))
        if found.stands_at(now) and found.is_for(visit):
            return found
        first = visit.assigned[0]
        slot = slot_of(first.starts_at)
        for owner in await self.events.owners(first.resource_id, slot, slot + 1):
            there = await self.session(owner)
            if there.stands_at(now) and there.is_for(visit):
                return there
        while not found.is_for(visit):
            found = await self.session(next_session(found.session_id))
        return found

    async def session_of(self, seat: Appointment) -> Session | None:
        """The group visit that an appointment has a seat in; None where it is a visit by itself."""
        return None if seat.session_id is None else await self.session(seat.session_id)

    async def standing(self, stretch: Stretch) -> Standing:
        """Who holds a resource in a stretch, and the seats of the group visits among them."""
        if stretch.first_slot >= stretch.end_slot:
            return Standing(stretch)
        owners = await self.events.owners(stretch.resource_id, stretch.first_slot, stretch.end_slot)
        appointments = tuple((await self.appointments(owners)).values())
        seats: list[Appointment] = []
        for appointment in appointments:
            if appointment.seats is not None:
                seats += (await self.session(appointment.appointment_id)).seats
        return Standing(stretch, appointments, tuple(seats))
