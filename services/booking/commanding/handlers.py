"""Each command as its HTTP twin: what it may name otherwise, what of it is secret, and who decides it."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from backbone.clock import Clock
from backbone.commanding.handlers import Asked, Commands, Handle, Handler, take_id
from backbone.privacy.privacy import Privacy
from backbone.store.decision import Outcome
from backbone.web.problems import Problem
from services.booking.commanding.forms import APPOINTMENT, FORMS, PATIENT
from services.booking.commanding.naming_patients import PatientNames
from services.booking.commands.appointments import Book, BookHold, Cancel, Confirm, Reschedule
from services.booking.commands.moves import RescheduleAll
from services.booking.commands.patients import ChangePatient, MergePatients, RegisterPatient
from services.booking.handling.appointments import Appointments
from services.booking.handling.asker import Asker, asker_of
from services.booking.handling.bookings import Bookings
from services.booking.handling.hidden import found
from services.booking.handling.patients import Patients
from services.booking.store import BookingStore

__all__ = ["CommandDesk", "commands"]


@dataclass(frozen=True, slots=True)
class CommandDesk:
    """The parts of the service behind the commands."""

    store: BookingStore
    bookings: Bookings
    appointments: Appointments
    patients: Patients
    names: PatientNames
    privacy: Privacy
    clock: Clock

    async def book(self, asked: Asked) -> Outcome:
        """A proposal with a patient, or what is held."""
        asked = replace(asked, body=await self.names.resolved(asked))
        asker = self._asker(asked)
        if "hold" in asked.body:
            work = self.bookings.book_hold(asker, asked.read(BookHold))
        else:
            work = self.bookings.book(asker, asked.read(Book))
        return await self._told(asked, "appointments.book", work)

    async def confirm(self, asked: Asked) -> Outcome:
        """The patient will attend."""
        appointment = take_id(asked, APPOINTMENT)
        asked.read(Confirm, without=[APPOINTMENT])
        work = self.appointments.confirm(self._asker(asked), appointment)
        return await self._told(asked, "appointments.confirm", work)

    async def reschedule(self, asked: Asked) -> Outcome:
        """One appointment moves."""
        appointment = take_id(asked, APPOINTMENT)
        wanted = asked.read(Reschedule, without=[APPOINTMENT])
        work = self.bookings.reschedule(self._asker(asked), appointment, wanted)
        return await self._told(asked, "appointments.reschedule", work)

    async def reschedule_all(self, asked: Asked) -> Outcome:
        """Several move, all or none."""
        if asked.call.if_match is not None:
            raise Problem("invalid", "Each move has its own expected_version.")
        work = self.bookings.reschedule_all(self._asker(asked), asked.read(RescheduleAll))
        return await self._told(asked, "appointments.reschedule-all", work)

    async def cancel(self, asked: Asked) -> Outcome:
        """It won't take place."""
        appointment = take_id(asked, APPOINTMENT)
        wanted = asked.read(Cancel, without=[APPOINTMENT])
        work = self.appointments.cancel(self._asker(asked), appointment, wanted)
        return await self._told(asked, "appointments.cancel", work)

    async def register(self, asked: Asked) -> Outcome:
        """A patient who is not known yet."""
        work = self.patients.register(self._asker(asked), asked.read(RegisterPatient))
        return await self._told(asked, "patients.register", work)

    async def change(self, asked: Asked) -> Outcome:
        """Corrects or completes what is known of a patient."""
        asked = replace(asked, body=await self.names.resolved(asked))
        patient = take_id(asked, PATIENT)
        wanted = asked.read(ChangePatient, without=[PATIENT])
        return await self._told(
            asked, "patients.change", self.patients.change(self._asker(asked), patient, wanted)
        )

    async def merge(self, asked: Asked) -> Outcome:
        """Two records are one person."""
        asked = replace(asked, body=await self.names.resolved(asked))
        asked = replace(asked, body=await self.names.resolved(asked, "merged", "merged_id"))
        patient = take_id(asked, PATIENT)
        merged = asked.read(MergePatients, without=[PATIENT]).merged_id
        return await self._told(
            asked, "patients.merge", self.patients.merge(self._asker(asked), patient, merged)
        )

    async def facility_of(self) -> Mapping[UUID, UUID]:
        """Each resource's facility."""
        await self.store.cache.loaded()
        return self.store.cache.facility_of

    def _asker(self, asked: Asked) -> Asker:
        return asker_of(asked.call, self.clock)

    async def _told(self, asked: Asked, action: str, work: Awaitable[Outcome]) -> Outcome:
        return await found(work, asked.call, action, self.privacy)


def commands(desk: CommandDesk) -> Commands:
    """Booking's part in commanding."""
    handles: dict[str, Handle] = {
        "BookAppointment": desk.book,
        "ConfirmAppointment": desk.confirm,
        "RescheduleAppointment": desk.reschedule,
        "RescheduleAppointments": desk.reschedule_all,
        "CancelAppointment": desk.cancel,
        "RegisterPatient": desk.register,
        "ChangePatientDetails": desk.change,
        "MergePatients": desk.merge,
    }
    return Commands(
        service="booking",
        store=desk.store.events,
        handlers={name: Handler(handle, FORMS[name]) for name, handle in handles.items()},
        facility_of=desk.facility_of,
    )
