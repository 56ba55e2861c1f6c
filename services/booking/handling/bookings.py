"""Hold, book, move: what takes a time."""

from datetime import timedelta
from uuid import UUID

from backbone.ids import new_id
from backbone.privacy.privacy import Privacy
from backbone.store.decision import Decision, Outcome, Refusal
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.booking import book, reschedule
from services.booking.appointments.group_visit import Session
from services.booking.appointments.holders import HoldLimits, explain_hold_limit
from services.booking.appointments.holding import book_hold, hold, release_hold
from services.booking.appointments.moving_together import move_all
from services.booking.appointments.visit import Visit, Wish, plan_visit
from services.booking.commands.appointments import Book, BookHold, Hold, Reschedule
from services.booking.commands.moves import RescheduleAll
from services.booking.figures import Figures
from services.booking.handling.asker import Asker
from services.booking.handling.hidden import Hidden
from services.booking.handling.moving_sessions import session_moved
from services.booking.handling.wishes import moved, wish
from services.booking.patients.patient import Patient
from services.booking.sealed import Sealed
from services.booking.setup.catalogue import Setup
from services.booking.store import BookingStore

__all__ = ["REASON", "Bookings"]

REASON = "reason"
"""The field that a reason is sealed for."""
NO_SUCH_RESOURCE = Refusal("not-found", "no such resource")


class Bookings:
    """The part of the service that takes times and gives holds back."""

    def __init__(self, store: BookingStore, privacy: Privacy, figures: Figures, holds: HoldLimits) -> None:
        self._holds = holds
        self._store = store
        self._privacy = privacy
        self._figures = figures

    async def hold(self, asker: Asker, wanted: Hold) -> Outcome:
        """A new hold."""
        self._require_patient(asker, wanted.patient_id)
        new, asking = new_id(), asker.asking

        async def decide(setup: Setup) -> Decision:
            if wanted.patient_id is None and asker.caller.is_patient:
                return asking.refuse("invalid", "name the patient")
            patient = await self._patient(wanted.patient_id)
            if wanted.patient_id is not None and patient is None:
                return asking.refuse("not-found", "no such patient")
            visit = self._plan(asker, setup, wish(wanted))
            if isinstance(visit, Refusal):
                return asking.refuse(visit.type, visit.detail)
            lasts = timedelta(seconds=wanted.expires_in_seconds)
            most = self._holds.most(asker.caller)
            return hold(asking, new, visit, patient, lasts, setup, most, await self._session(visit))

        return self._figures.count("hold", explain_hold_limit(await self._store.execute(decide)))

    async def book(self, asker: Asker, wanted: Book) -> Outcome:
        """A new booking."""
        self._require_patient(asker, wanted.patient_id)
        new, asking = new_id(), asker.asking

        async def decide(setup: Setup) -> Decision:
            patient = await self._store.patient_to_book(wanted.patient_id)
            if patient is None:
                return asking.refuse("not-found", "no such patient")
            visit = self._plan(asker, setup, wish(wanted))
            if isinstance(visit, Refusal):
                return asking.refuse(visit.type, visit.detail)
            reason = await self._sealed(wanted.reason, patient, new, 1)
            session = await self._session(visit)
            return book(asking, new, visit, patient, setup, wanted.priority, reason, wanted.override, session)

        return self._figures.count("book", await self._store.execute(decide), wanted.override)

    async def book_hold(self, asker: Asker, wanted: BookHold) -> Outcome:
        """A hold becomes a booking."""
        self._require_patient(asker, wanted.patient_id)
        asking = asker.asking

        async def decide(setup: Setup) -> Decision:
            held = asker.require(await self._store.appointment(wanted.hold))
            patient = await self._patient(wanted.patient_id or held.patient_id)
            if patient is None:
                return asking.refuse("not-found", "no such patient")
            if stale := asker.outdated(held.version):
                return stale
            reason = await self._sealed(wanted.reason, patient, held.appointment_id, held.version + 1)
            session = await self._store.session_of(held)
            return book_hold(asking, held, patient, setup, wanted.priority, reason, session)

        return self._figures.count("book-hold", await self._store.execute(decide))

    async def release(self, asker: Asker, appointment_id: UUID) -> Outcome:
        """Gives a hold back."""

        async def decide(setup: Setup) -> Decision:
            known = asker.require(await self._store.appointment(appointment_id))
            if stale := asker.outdated(known.version):
                return stale
            return release_hold(asker.asking, known, setup, await self._store.session_of(known))

        return await self._store.execute(decide)

    async def reschedule(self, asker: Asker, appointment_id: UUID, wanted: Reschedule) -> Outcome:
        """Moves a booking."""

        async def decide(setup: Setup) -> Decision:
            was = asker.require(await self._store.appointment(appointment_id))
            return await self._move(asker, setup, was, wanted)

        return self._figures.count("move", await self._store.execute(decide), wanted.override)

    async def reschedule_all(self, asker: Asker, wanted: RescheduleAll) -> Outcome:
        """Moves several bookings, all or none; a refusal lists the conflicts of all."""
        ids = [move.appointment_id for move in wanted.moves]

        async def decide(setup: Setup) -> Decision:
            known = await self._store.appointments(ids)
            moves = []
            for move in wanted.moves:
                was = asker.require(known.get(move.appointment_id))
                decision = await self._move(asker._replace(expected=move.expected_version), setup, was, move)
                moves.append((was, decision))
            return move_all(asker.asking, moves)

        return self._figures.count("move-all", await self._store.execute(decide))

    async def _move(self, asker: Asker, setup: Setup, was: Appointment, wanted: Reschedule) -> Decision:
        asking = asker.acting(wanted.by)
        if stale := asker.outdated(was.version):
            return stale
        if wanted.visit_type not in (None, was.visit_type):
            return asking.refuse("invalid", "a move keeps the visit type")
        visit = self._plan(asker, setup, moved(was, wanted))
        if isinstance(visit, Refusal):
            return asking.refuse(visit.type, visit.detail)
        if was.seats is not None:
            return await session_moved(self._store, asking, was, visit, wanted, setup)
        patient = await self._patient(was.patient_id)
        if patient is None:
            return asking.refuse("wrong-status", f"the appointment is {was.status}, for nobody yet")
        decision = reschedule(
            asking,
            was,
            visit,
            patient,
            setup,
            wanted.reason_code,
            wanted.override,
            await self._session(visit),
            await self._store.session_of(was),
        )
        # An absence objects to any move into it: what moves, gets away from what the tasks are about.
        tasks = await self._store.open_tasks(was.appointment_id)
        return tasks.done_by(decision, asking, "rescheduled")

    def _plan(self, asker: Asker, setup: Setup, wanted: Wish) -> Visit | Refusal:
        """What was wished for, unless any of it does not exist for the asker."""
        limited = asker.caller.facility_ids is not None
        if limited and not all(asker.sees_resource(setup.resources.get(each)) for each in wanted.ids):
            return NO_SUCH_RESOURCE
        planned = plan_visit(wanted, setup, asker.asking.now)
        if isinstance(planned, Visit) and not asker.caller.sees_facility(planned.facility.facility_id):
            return NO_SUCH_RESOURCE
        return planned

    def _require_patient(self, asker: Asker, patient_id: UUID | None) -> None:
        if patient_id is not None and not asker.caller.sees_patient(patient_id):
            raise Hidden(patient_id)

    async def _patient(self, patient_id: UUID | None) -> Patient | None:
        return None if patient_id is None else await self._store.patient_to_book(patient_id)

    async def _session(self, visit: Visit) -> Session | None:
        return None if visit.visit_type.seats is None else await self._store.session_for(visit)

    async def _sealed(self, text: str | None, patient: Patient, stream: UUID, version: int) -> Sealed | None:
        if text is None:
            return None
        sealer = await self._privacy.sealer(patient.patient_id)
        return sealer.seal(text, stream=stream, version=version, path=REASON)
