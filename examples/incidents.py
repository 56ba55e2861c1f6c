"""What makes a day a day: races for one slot, a full class, absent and late providers, mistakes."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from examples.bookings import Call, Callers, Labels, wish
from examples.clinic import FOOTHILLS, LAKESIDE
from examples.dice import Dice

__all__ = ["MISTAKES", "excisions", "group_class", "mistakes", "overbookings", "provider_trouble", "races"]

MISTAKES: Final = (
    "off-grid",
    "in-the-past",
    "zero-minutes",
    "twenty-hours",
    "unknown-visit-type",
    "unknown-patient",
    "unknown-field",
    "malformed-json",
    "outside-hours",
    "lead-time",
    "wrong-facility",
    "no-token",
    "stale-version",
    "reused-key",
    "confirm-cancelled",
    "nul-byte",
)
"""Each is refused with a clear problem and changes nothing; the player knows how to make them."""

_CONTESTED: Final = (("FM-FUP", 6), ("ORTHO-CONS", 4), ("WH-ANN", 4))


def _at(hour: float, dice: Dice) -> int:
    return int(hour * 3600) + dice.between(0, 1200)


def races(dice: Dice, callers: Callers) -> Iterator[Call]:
    """Two to five callers want the same time in the same minute; one gets it."""
    for code, how_many in _CONTESTED:
        for _ in range(how_many):
            facility = dice.one((LAKESIDE, FOOTHILLS))
            people = [
                callers.take(facility, lambda person: person.sex == "f" and person.age >= 18).mrn
                for _ in range(dice.between(2, 5))
            ]
            asked = {
                "patients": people,
                "facility": facility,
                "visit_type": code,
                "wish": wish(dice, code, facility),
            }
            yield {"at": _at(dice.between(8, 15), dice), "call": "race", "for": "slot", "wins": 1, **asked}


def excisions(dice: Dice, callers: Callers, labels: Labels) -> Iterator[Call]:
    """Two are booked; on the Friday after three ask, and the daily limit lets two in."""
    asked = {"facility": LAKESIDE, "visit_type": "DERM-EXC"}
    for _ in range(2):
        patient = callers.take(LAKESIDE).mrn
        yield {
            "at": _at(9, dice),
            "call": "book",
            "as": labels.new(),
            "patient": patient,
            **asked,
            "wish": {"from_day": 9, "to_day": 9},
            "reason": "Mole to be removed",
        }
    people = [callers.take(LAKESIDE).mrn for _ in range(3)]
    yield {
        "at": _at(11, dice),
        "call": "race",
        "for": "day",
        "wins": 2,
        "patients": people,
        **asked,
        "wish": {"from_day": 11, "to_day": 11},
    }


def group_class(dice: Dice, callers: Callers, labels: Labels) -> Iterator[Call]:
    """One session of eight seats: the first caller opens it, seven join, two are turned away."""
    session, at = labels.new(), _at(9, dice)
    first = callers.take(LAKESIDE, lambda person: person.age >= 40).mrn
    yield {
        "at": at,
        "call": "book",
        "as": session,
        "patient": first,
        "facility": LAKESIDE,
        "visit_type": "DM-GROUP",
        "wish": {"from_day": 3, "resources": ["Neil Abara, NP"]},
        "reason": "Newly diagnosed",
    }
    for seat in range(2, 11):
        at += dice.between(60, 1500)
        mrn = callers.take(LAKESIDE, lambda person: person.age >= 40).mrn
        yield {
            "at": at,
            "call": "join",
            "as": labels.new(),
            "session": session,
            "patient": mrn,
            "expect": "slot-taken" if seat > 8 else "booked",
        }


def overbookings(dice: Dice, callers: Callers, labels: Labels, booked: Sequence[Call]) -> Iterator[Call]:
    """Squeezed in on purpose over a visit that stands, by name and with a reason."""
    sick = [call for call in booked if call["visit_type"] == "PED-SICK" and call["wish"]["from_day"] == 0]
    for call in dice.shuffled(sick)[:4]:
        child = callers.take(call["facility"], lambda person: person.age < 18).mrn
        yield {
            "at": call["at"] + 900,
            "call": "overbook",
            "as": labels.new(),
            "over": call["as"],
            "patient": child,
            "reason_code": dice.one(("urgent", "continuity-of-care")),
            "reason": "Fever above 39 since the night",
        }


def _visits_with(dice: Dice, callers: Callers, labels: Labels, hour: int, **where: Any) -> Iterator[Call]:
    for _ in range(5):
        yield {
            "at": _at(hour, dice),
            "call": "book",
            "as": labels.new(),
            "patient": callers.take(where["facility"], lambda person: person.age >= 40).mrn,
            "reason": "Asked to come back",
            **where,
        }


def provider_trouble(dice: Dice, callers: Callers, labels: Labels) -> Iterator[Call]:
    """Two providers call in absent over a busy morning: one's visits are moved at once, the other's become
    tasks. Three run late; two of them catch up."""
    for number, (name, facility, code, day) in enumerate(
        (
            ("Dr. Marcus Yellowtail", FOOTHILLS, "FM-FUP", 1),
            ("Dr. Gregor Lindqvist", LAKESIDE, "CARD-CONS", 3),
        ),
        start=1,
    ):
        wanted = {"from_day": day, "to_day": day, "resources": [name], "after": "07:00", "before": "12:30"}
        yield from _visits_with(dice, callers, labels, 8, facility=facility, visit_type=code, wish=wanted)
        away = {"as": f"x{number:03d}", "resource": name, "day": day, "from": "07:00", "to": "13:00"}
        yield {
            "at": _at(12, dice),
            "call": "absence",
            **away,
            "reason": "other" if number == 1 else "surgery",
        }
    yield {"at": 13 * 3600, "call": "move-affected", "absence": "x001", "reason_code": "provider-unavailable"}
    yield {
        "at": _at(10, dice),
        "call": "absence",
        "as": "x003",
        "resource": "Foothills Ultrasound",
        "day": 8,
        "from": "07:00",
        "to": "19:00",
        "reason": "maintenance",
    }
    yield {"at": _at(14, dice), "call": "absence-over", "absence": "x003"}
    late = (
        ("Dr. Amara Osei", 25, "emergency"),
        ("Dr. Nadia Rahimi", 15, "previous-visit"),
        ("Dr. Farah Nasser", 40, "surgery"),
    )
    for name, minutes, reason in late:
        yield {"at": _at(9, dice), "call": "delay", "resource": name, "minutes": minutes, "reason": reason}
    yield {
        "at": _at(10, dice),
        "call": "delay",
        "resource": "Dr. Nadia Rahimi",
        "minutes": 30,
        "reason": "previous-visit",
    }
    for name in ("Dr. Nadia Rahimi", "Dr. Amara Osei"):
        yield {"at": _at(15, dice), "call": "delay-cleared", "resource": name}


def mistakes(dice: Dice) -> Iterator[Call]:
    """Slips of the hand and of other programs, through the whole day."""
    for what in MISTAKES:
        hour = 16 if what == "confirm-cancelled" else dice.between(10, 15)
        yield {"at": _at(hour, dice), "call": "mistake", "what": what}
