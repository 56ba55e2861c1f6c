"""What else is asked about appointments: confirm, prepare, correct, call off; and what they are."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from backbone.privacy.privacy import Privacy
from backbone.store.committed import CommittedEvent
from backbone.store.decision import Decision, Outcome
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.changing import (
    cancel,
    cancel_session,
    change_details,
    confirm,
    confirm_preparation,
    enter_in_error,
)
from services.booking.commands.appointments import Cancel, ChangeDetails, ConfirmPreparation, EnterInError
from services.booking.handling.asker import Asker
from services.booking.handling.bookings import REASON
from services.booking.sealed import Sealed
from services.booking.setup.catalogue import Setup
from services.booking.store import BookingStore

__all__ = ["NOTE", "Appointments"]

NOTE = "note"
"""The field that a note to a cancellation is sealed for."""

_Change = Callable[[Appointment, Setup], Awaitable[Decision]]


class Appointments:
    """The part of the service that changes and shows appointments."""

    def __init__(self, store: BookingStore, privacy: Privacy) -> None:
        self._store = store
        self._privacy = privacy

    async def find(self, asker: Asker, appointment_id: UUID) -> Appointment:
        """The appointment as it stands; ``Hidden`` where it doesn't exist for the asker."""
        return asker.require(await self._store.appointment(appointment_id))

    async def history(self, asker: Asker, appointment_id: UUID) -> tuple[Appointment, list[CommittedEvent]]:
        """The appointment and its events in order."""
        found = await self.find(asker, appointment_id)
        return found, await self._store.events.history(appointment_id)

    async def confirm(self, asker: Asker, appointment_id: UUID) -> Outcome:
        """The patient will attend."""

        async def change(was: Appointment, _: Setup) -> Decision:
            return confirm(asker.asking, was)

        return await self._change(asker, appointment_id, change)

    async def prepared(self, asker: Asker, appointment_id: UUID, wanted: ConfirmPreparation) -> Outcome:
        """The patient has done what was asked for."""

        async def change(was: Appointment, _: Setup) -> Decision:
            return confirm_preparation(asker.asking, was, wanted.items)

        return await self._change(asker, appointment_id, change)

    async def cancel(self, asker: Asker, appointment_id: UUID, wanted: Cancel) -> Outcome:
        """It won't take place; of a group visit's session: for nobody."""
        asking = asker.acting(wanted.by)

        async def change(was: Appointment, setup: Setup) -> Decision:
            if was.seats is not None:
                session = await self._store.session(was.appointment_id)
                tasks = await self._store.open_tasks(*(seat.appointment_id for seat in session.seats))
                decision = cancel_session(asking, session, setup, wanted.reason_code)
            else:
                tasks = await self._store.open_tasks(appointment_id)
                note = await self._sealed(wanted.note, was, NOTE)
                session_of_seat = await self._store.session_of(was)
                decision = cancel(asking, was, setup, wanted.reason_code, note, session_of_seat)
            return tasks.done_by(decision, asking, "cancelled")

        return await self._change(asker, appointment_id, change)

    async def enter_in_error(self, asker: Asker, appointment_id: UUID, wanted: EnterInError) -> Outcome:
        """It should never have been entered."""

        async def change(was: Appointment, setup: Setup) -> Decision:
            session, asking = await self._store.session_of(was), asker.asking
            decision = enter_in_error(asking, was, setup, wanted.reason_code, session)
            tasks = await self._store.open_tasks(appointment_id)
            return tasks.done_by(decision, asking, "entered-in-error")

        return await self._change(asker, appointment_id, change)

    async def change_details(self, asker: Asker, appointment_id: UUID, wanted: ChangeDetails) -> Outcome:
        """Another reason or priority."""

        async def change(was: Appointment, _: Setup) -> Decision:
            reason = await self._sealed(wanted.reason, was, REASON)
            return change_details(asker.asking, was, reason, wanted.priority)

        return await self._change(asker, appointment_id, change)

    async def _change(self, asker: Asker, appointment_id: UUID, change: _Change) -> Outcome:
        async def decide(setup: Setup) -> Decision:
            was = await self.find(asker, appointment_id)
            return asker.outdated(was.version) or await change(was, setup)

        return await self._store.execute(decide)

    async def _sealed(self, text: str | None, was: Appointment, path: str) -> Sealed | None:
        if text is None or was.patient_id is None:
            return None
        sealer = await self._privacy.sealer(was.patient_id)
        return sealer.seal(text, stream=was.appointment_id, version=was.version + 1, path=path)
