"""What becomes of bookings: confirmed, moved, cancelled by patient or clinic, and how the visits went."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from examples.bookings import Call, moment, wish
from examples.dice import Dice

__all__ = ["changes", "standing", "visits"]

NO_SHOW: Final = 0.23
"""Average over published studies."""
_WAIT: Final = ((0.0, 0.0), (0.25, 6.0), (0.5, 15.0), (0.75, 32.0), (0.95, 60.0), (1.0, 110.0))
"""Minutes from check-in to room: median 15, interquartile range 6 to 32."""
_EARLY: Final = ((0.0, -20.0), (0.2, 0.0), (0.5, 8.0), (0.9, 20.0), (1.0, 40.0))
"""Minutes before the agreed time at which patients come; below zero: late."""
_LAST_CALL: Final = int(17.5 * 3600)

_MOVED: Final = (("patient", "conflict-at-work"), ("patient", "transport"), ("clinic", "provider-request"))
_CANCELLED: Final = (
    ("patient", "feeling-better"),
    ("patient", "transport"),
    ("patient", "cost"),
    ("patient", "went-elsewhere"),
    ("clinic", "provider-unavailable"),
    ("clinic", "equipment"),
    ("other", "weather"),
)


def standing(calls: Sequence[Call]) -> list[Call]:
    """The calls that made a booking, each with the visit's patient, type and facility."""
    holds = {call["as"]: call for call in calls if call["call"] == "hold"}
    direct = [call for call in calls if call["call"] == "book"]
    return direct + [
        holds[call["appointment"]] | {"at": call["at"]} for call in calls if call["call"] == "book-held"
    ]


def changes(dice: Dice, booked: Sequence[Call]) -> Iterator[Call]:
    """Later calls about the same visits: a fifth are confirmed, a tenth moved, a tenth cancelled."""
    for booking in booked:
        at = max(booking["at"] + 300, moment(dice) + 3600)
        fate = dice.weighted(
            [("stands", 0.60), ("confirm", 0.20), ("move", 0.08), ("cancel", 0.08), ("both", 0.04)]
        )
        if at > _LAST_CALL or fate == "stands":
            continue
        later = {"at": at, "appointment": booking["as"]}
        if fate == "confirm":
            yield later | {"call": "confirm"}
        if fate in ("move", "both"):
            by, why = dice.one(_MOVED)
            new = wish(dice, booking["visit_type"], booking["facility"])
            yield later | {"call": "reschedule", "wish": new, "by": by, "reason_code": why}
        if fate in ("cancel", "both"):
            by, why = dice.one(_CANCELLED)
            yield later | {"at": at + 600, "call": "cancel", "by": by, "reason_code": why}


def visits(dice: Dice, calls: Sequence[Call]) -> Iterator[dict[str, Any]]:
    """How each visit that was not cancelled will go, in minutes: the lines of ``visits.ndjson``."""
    cancelled = {call["appointment"] for call in calls if call["call"] == "cancel"}
    for booking in standing(calls):
        if booking["as"] in cancelled:
            continue
        if dice.chance(NO_SHOW):
            yield {"appointment": booking["as"], "no_show": True}
            continue
        yield {
            "appointment": booking["as"],
            "no_show": False,
            "early_minutes": round(dice.quantile(_EARLY)),
            "wait_minutes": round(dice.quantile(_WAIT)),
            "longer_minutes": dice.weighted([(-5, 0.25), (0, 0.45), (5, 0.2), (15, 0.1)]),
        }
