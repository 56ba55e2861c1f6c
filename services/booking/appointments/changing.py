"""What else happens to an appointment that stands: confirmed, prepared, corrected, called off."""

from collections.abc import Sequence
from dataclasses import replace

from backbone.store.decision import Decision
from services.booking.appointments.appointment import Appointment, answer_of, before, happened
from services.booking.appointments.group_visit import Session, leave
from services.booking.appointments.taking import everything_taken, give_up_seat
from services.booking.asking import Asking
from services.booking.decisions import together
from services.booking.events.appointments import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentDetailsChanged,
    AppointmentEnteredInError,
    PreparationConfirmed,
)
from services.booking.sealed import Sealed
from services.booking.setup.catalogue import Setup
from services.booking.values import Priority

__all__ = ["cancel", "cancel_session", "change_details", "confirm", "confirm_preparation", "enter_in_error"]


def _refused(asking: Asking, was: Appointment) -> Decision:
    return asking.refuse("wrong-status", f"the appointment is {was.status}")


def _stands(was: Appointment) -> bool:
    return was.status in ("booked", "confirmed") and was.seats is None


def confirm(asking: Asking, was: Appointment) -> Decision:
    """The patient will come."""
    if not _stands(was):
        return _refused(asking, was)
    if was.status == "confirmed":
        return asking.unchanged(was.appointment_id, was.version, answer_of(was))
    event = happened(AppointmentConfirmed, asking, was, {"status": "confirmed"}, before=before(was, "status"))
    return asking.record(event, answer=answer_of(event), facility_id=was.facility_id)


def cancel(
    asking: Asking,
    was: Appointment,
    setup: Setup,
    reason_code: str,
    note: Sealed | None = None,
    session: Session | None = None,
) -> Decision:
    """It won't take place; its time is free for others. Cancelling twice changes nothing."""
    if was.status == "cancelled":
        return asking.unchanged(was.appointment_id, was.version, answer_of(was))
    if not _stands(was):
        return _refused(asking, was)
    event = happened(
        AppointmentCancelled, asking, was, {"status": "cancelled"},
        before=before(was, "status"), reason_code=reason_code, note=note,
    )  # fmt: skip
    decision = asking.record(event, answer=answer_of(event), facility_id=was.facility_id)
    return give_up_seat(replace(decision, releases=everything_taken(was)), asking, was, session, setup)


def cancel_session(asking: Asking, session: Session, setup: Setup, reason_code: str) -> Decision:
    """The group visit won't take place: each seat is cancelled, then the session."""
    known = session.appointment
    if known is None:
        return asking.record()
    if not session.stands_at(asking.now):
        return asking.unchanged(known.appointment_id, known.version, answer_of(known))
    after = known.model_copy(update={"status": "cancelled", "expires_at": None})
    decision = leave(asking, session, [seat.appointment_id for seat in session.seats], setup)
    decision = replace(decision, answer=answer_of(after), key=asking.key)
    for seat in session.seats:
        event = happened(
            AppointmentCancelled, asking, seat, {"status": "cancelled", "expires_at": None, "held_by": None},
            before=before(seat, "status"), reason_code=reason_code,
        )  # fmt: skip
        decision = together(decision, replace(asking.record(event), releases=everything_taken(seat)))
    return decision


def enter_in_error(
    asking: Asking, was: Appointment, setup: Setup, reason_code: str, session: Session | None = None
) -> Decision:
    """It should never have been entered: it takes nobody's time and counts nowhere; its history stays."""
    if was.status == "entered-in-error":
        return asking.unchanged(was.appointment_id, was.version, answer_of(was))
    if was.status == "held" or was.seats is not None:
        return _refused(asking, was)
    if was.only_held:
        return asking.refuse("wrong-status", "it was never booked, only held")
    event = happened(
        AppointmentEnteredInError, asking, was, {"status": "entered-in-error"},
        before=before(was, "status"), reason_code=reason_code,
    )  # fmt: skip
    decision = asking.record(event, answer=answer_of(event), facility_id=was.facility_id)
    if not was.live:
        return decision
    return give_up_seat(replace(decision, releases=everything_taken(was)), asking, was, session, setup)


def change_details(
    asking: Asking, was: Appointment, reason: Sealed | None = None, priority: Priority | None = None
) -> Decision:
    """Another reason or priority; what is None stays. A cancelled visit's record can be corrected too."""
    if was.status in ("held", "entered-in-error") or was.seats is not None:
        return _refused(asking, was)
    changes = {
        name: value for name, value in (("reason", reason), ("priority", priority)) if value is not None
    }
    if all(getattr(was, name) == value for name, value in changes.items()):
        return asking.unchanged(was.appointment_id, was.version, answer_of(was))
    event = happened(
        AppointmentDetailsChanged, asking, was, changes,
        before=before(was, "priority") if priority not in (None, was.priority) else None,
    )  # fmt: skip
    return asking.record(event, answer=answer_of(event), facility_id=was.facility_id)


def confirm_preparation(asking: Asking, was: Appointment, texts: Sequence[str] | None = None) -> Decision:
    """The patient has done what was asked for; ``texts`` None: all of it."""
    if not _stands(was):
        return _refused(asking, was)
    known = {item.text for item in was.preparation}
    if texts is not None and not known.issuperset(texts):
        return asking.refuse("invalid", "this visit asks for no such preparation")
    wanted = known if texts is None else set(texts)
    open_items = tuple(i.text for i in was.preparation if i.text in wanted and i.confirmed_at is None)
    if not open_items:
        return asking.unchanged(was.appointment_id, was.version, answer_of(was))
    preparation = tuple(
        item.model_copy(update={"confirmed_at": asking.now}) if item.text in open_items else item
        for item in was.preparation
    )
    event = happened(PreparationConfirmed, asking, was, {"preparation": preparation}, items=open_items)
    return asking.record(event, answer=answer_of(event), facility_id=was.facility_id)
