"""A group visit moved, with what has to be known of everybody in it."""

from backbone.store.decision import Decision
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.moving_session import move_session
from services.booking.appointments.visit import Visit
from services.booking.asking import Asking
from services.booking.commands.appointments import Reschedule
from services.booking.setup.catalogue import Setup
from services.booking.store import BookingStore

__all__ = ["session_moved"]


async def session_moved(
    store: BookingStore, asking: Asking, was: Appointment, visit: Visit, wanted: Reschedule, setup: Setup
) -> Decision:
    """``was``: the session; tasks about its seats are done by their move."""
    session = await store.session(was.appointment_id)
    whose = {seat.patient_id for seat in session.seats if seat.patient_id is not None}
    known = {each: await store.patient_to_book(each) for each in whose}
    patients = {each: patient for each, patient in known.items() if patient is not None}
    decision = move_session(asking, session, visit, patients, setup, wanted.reason_code, wanted.override)
    tasks = await store.open_tasks(*(seat.appointment_id for seat in session.seats))
    return tasks.done_by(decision, asking, "rescheduled")
