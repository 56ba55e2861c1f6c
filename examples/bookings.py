"""The calls that ask for a visit: who wants what, with whom and when; over the telephone, all day long."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Final

from examples.clinic import FOOTHILLS, LAKESIDE, providers_for
from examples.dice import Dice
from examples.people import Person

__all__ = ["Call", "Callers", "Labels", "booking_calls", "moment", "wish"]

Call = dict[str, Any]
"""One line of ``calls.ndjson``; ``at`` is in seconds since midnight until the file is written."""

_OPENING: Final = ((0.0, 7.5), (0.25, 8.5), (0.5, 9.75), (0.75, 13.0), (1.0, 16.5))
"""When people call, in hours: half of them before ten."""
_DAYS: Final = [(0, 40), (1, 20), (2, 12), (3, 8), (4, 5), (7, 6), (8, 5), (9, 2), (10, 2)]
"""How far ahead they want to be seen, in days, and how often."""
_REASONS: Final = (
    "Blood pressure check",
    "Results of last week's tests",
    "Knee pain since Sunday",
    "Cough that won't go away",
    "Medicine refill",
    "Rash on both arms",
    "Yearly visit",
    "Headaches in the morning",
    "Shoulder stiff",
    "Dizzy spells",
)


def _adult(person: Person) -> bool:
    return person.age >= 18


_KINDS: Final[list[tuple[str, float, Callable[[Person], bool]]]] = [
    ("FM-FUP", 30, _adult),
    ("FM-NEW", 6, _adult),
    ("FM-PHYS", 4, _adult),
    ("FM-TEL", 8, _adult),
    ("PED-WELL", 9, lambda person: person.age < 18),
    ("PED-SICK", 9, lambda person: person.age < 18),
    ("CARD-CONS", 6, lambda person: person.age >= 40),
    ("CARD-ECG", 4, lambda person: person.age >= 40),
    ("CARD-STRESS", 2, lambda person: person.age >= 40),
    ("ORTHO-CONS", 7, lambda person: person.age >= 10),
    ("ORTHO-INJ", 3, _adult),
    ("DERM-CHK", 7, lambda person: person.age >= 10),
    ("WH-ANN", 5, lambda person: person.sex == "f" and person.age >= 18),
    ("WH-US", 3, lambda person: person.sex == "f" and 20 <= person.age <= 45),
]


class Callers:
    """Deals out patients who have not called yet, so that nobody is asked to be in two places."""

    def __init__(self, everybody: list[Person], dice: Dice) -> None:
        self._waiting = dice.shuffled(everybody)

    def take(self, facility: str, fits: Callable[[Person], bool] = _adult) -> Person:
        person = next(one for one in self._waiting if one.facility == facility and fits(one))
        self._waiting.remove(person)
        return person


class Labels:
    """Names by which later calls speak of earlier ones: a001, a002 ..."""

    def __init__(self, letter: str) -> None:
        self._letter, self._numbers = letter, count(1)

    def new(self) -> str:
        return f"{self._letter}{next(self._numbers):03d}"


def moment(dice: Dice) -> int:
    """When a call comes in."""
    return int(dice.quantile(_OPENING) * 3600)


def wish(dice: Dice, code: str, facility: str, day: int | None = None) -> dict[str, Any]:
    """What the caller would like: from which day on, perhaps with whom, perhaps in which part of the day."""
    wanted: dict[str, Any] = {"from_day": dice.weighted(_DAYS) if day is None else day}
    if dice.chance(0.4):
        wanted["resources"] = [dice.one(providers_for(code, facility))]
    part = dice.weighted([(None, 0.4), (("07:00", "12:00"), 0.35), (("12:00", "19:00"), 0.25)])
    if part:
        wanted["after"], wanted["before"] = part
    return wanted


def _asked(dice: Dice, callers: Callers) -> Call:
    facility = dice.weighted([(LAKESIDE, 0.6), (FOOTHILLS, 0.4)])
    code, fits = dice.weighted([((code, fits), weight) for code, weight, fits in _KINDS])
    person = callers.take(facility, fits)
    return {
        "at": moment(dice),
        "call": "book",
        "as": "",
        "patient": person.mrn,
        "facility": facility,
        "visit_type": code,
        "wish": wish(dice, code, facility),
        "reason": dice.one(_REASONS),
    }


def booking_calls(dice: Dice, callers: Callers, labels: Labels, how_many: int) -> Iterator[Call]:
    """Bookings; one in eight holds the time first, while the caller looks for a card or asks a spouse.

    Some of these give it back, some never ring again and the hold runs out.
    """
    asked = sorted((_asked(dice, callers) for _ in range(how_many)), key=lambda call: int(call["at"]))
    for call in asked:
        call["as"] = labels.new()
        if not dice.chance(0.125):
            yield call
            continue
        reason = call.pop("reason")
        if dice.chance(0.15):
            yield call | {"call": "hold", "seconds": 2}
            continue
        yield call | {"call": "hold"}
        decided = {"at": call["at"] + dice.between(20, 240), "appointment": call["as"]}
        if dice.chance(0.85):
            yield decided | {"call": "book-held", "patient": call["patient"], "reason": reason}
        else:
            yield decided | {"call": "release"}
