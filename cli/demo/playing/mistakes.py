"""Requests that must be refused, each with a clear problem, and that must change nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cli.demo.calls import Mistake, Wish
from cli.demo.desk import Answer, SurpriseError
from cli.demo.ledger import Booking, RefusalResult
from cli.demo.playing.shift import Shift, first

__all__ = ["mistake"]

_BOOK = "/v1/appointments"
_FACILITY, _VISIT_TYPE = "Lakeside", "FM-FUP"


async def mistake(shift: Shift, call: Mistake) -> None:
    """Makes the mistake that the call names."""
    expected, answer = await _made(shift, call.what)
    shift.ledger.refusals.append(RefusalResult(call.what, expected, answer))


async def _made(shift: Shift, what: str) -> tuple[tuple[str, ...], Answer]:
    body, desk = await _sound(shift), shift.desk
    match what:
        case "off-grid":
            return ("422",), await desk.post(_BOOK, body | _start(body, timedelta(minutes=3)))
        case "in-the-past":
            return ("422", "409"), await desk.post(_BOOK, body | _start(body, timedelta(days=-400)))
        case "zero-minutes":
            return ("422",), await desk.post(_BOOK, body | {"ends_at": body["starts_at"]})
        case "twenty-hours":
            ends_at = datetime.fromisoformat(body["starts_at"]) + timedelta(hours=20)
            return ("422",), await desk.post(_BOOK, body | {"ends_at": ends_at.isoformat()})
        case "unknown-visit-type":
            return ("422", "404"), await desk.post(_BOOK, body | {"visit_type": "NO-SUCH"})
        case "unknown-patient":
            return ("422", "404"), await desk.post(_BOOK, body | {"patient_id": str(uuid4())})
        case "unknown-field":
            return ("422",), await desk.post(_BOOK, body | {"colour": "green"})
        case "malformed-json":
            return ("400", "422"), await desk.post(_BOOK, content=b'{"visit_type": "FM-FUP", ')
        case "nul-byte":
            return ("422",), await desk.post(_BOOK, body | {"reason": "a\x00b"})
        case "outside-hours":
            midnight = datetime.fromisoformat(body["starts_at"]).replace(hour=1, minute=0)
            return ("slot-taken",), await desk.post(
                _BOOK, body | {"starts_at": midnight.isoformat(), "ends_at": None}
            )
        case "lead-time":
            return ("slot-taken",), await desk.post(_BOOK, body | _excision_tomorrow(shift))
        case "wrong-facility":
            return ("403", "404"), await desk.post(_BOOK, body, role="foothills-scheduler")
        case "no-token":
            return ("401",), await desk.post(_BOOK, body, role="")
        case "stale-version":
            path, move = f"{_BOOK}/{_some(shift, 'booked').appointment_id}/reschedule", {"by": "patient"}
            return ("412",), await desk.post(path, move | {"starts_at": body["starts_at"]}, if_match=999)
        case "confirm-cancelled":
            path = f"{_BOOK}/{_some(shift, 'cancelled').appointment_id}/confirm"
            return ("409",), await desk.post(path, {})
        case "reused-key":
            key = str(uuid4())
            refused = body | {"patient_id": str(uuid4())}
            await desk.post(_BOOK, refused, key=key)
            return ("422",), await desk.post(_BOOK, refused | {"reason": "another body"}, key=key)
        case _:
            raise SurpriseError(f"the player does not know the mistake {what}")


async def _sound(shift: Shift) -> dict[str, Any]:
    """A booking that would be accepted but for the one mistake."""
    found = await shift.free(_VISIT_TYPE, _FACILITY, Wish(from_day=7, after="09:00", before="11:00"))
    number = shift.files.patients[0]["identifiers"][0]["value"]
    return first(found, _VISIT_TYPE).body | {"patient_id": shift.patient(number)}


def _start(body: Mapping[str, Any], later: timedelta) -> dict[str, Any]:
    moved = {"starts_at": datetime.fromisoformat(body["starts_at"]) + later}
    if body.get("ends_at"):
        moved["ends_at"] = datetime.fromisoformat(body["ends_at"]) + later
    return {name: moment.isoformat() for name, moment in moved.items()}


def _excision_tomorrow(shift: Shift) -> dict[str, Any]:
    starts_at = shift.anchor.instant(0, "10:00", shift.files.zones[_FACILITY])
    names = ("Dr. Ian Castellanos", f"{_FACILITY} Procedure B")
    return {
        "visit_type": "DERM-EXC",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(minutes=45)).isoformat(),
        "resource_ids": [str(shift.known.resources[name]) for name in names],
    }


def _some(shift: Shift, status: str) -> Booking:
    try:
        return next(
            one for one in shift.ledger.bookings.values() if one.status == status and one.session is None
        )
    except StopIteration:
        raise SurpriseError(f"no {status} visit at hand for the mistake") from None
