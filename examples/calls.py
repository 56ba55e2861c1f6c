"""One day of calls at the clinic's desk, in order."""

from collections.abc import Sequence

from examples.bookings import Call, Callers, Labels, booking_calls
from examples.changes import changes, standing
from examples.dice import Dice
from examples.enquiries import corrections, lookups, merges, newcomers, searches
from examples.incidents import excisions, group_class, mistakes, overbookings, provider_trouble, races
from examples.people import DUPLICATES, Person

__all__ = ["calls"]

BOOKINGS = 230


def calls(dice: Dice, everybody: Sequence[Person]) -> list[Call]:
    """About 500 calls; each with its time of day, later ones naming earlier ones by their label."""
    callers, labels = Callers(list(everybody[: len(everybody) - DUPLICATES]), dice), Labels("a")
    day = list(booking_calls(dice, callers, labels, BOOKINGS))
    booked = standing(day)
    changed = list(changes(dice, booked))
    untouched = [call for call in booked if call["as"] not in {change["appointment"] for change in changed}]
    day += changed
    day += overbookings(dice, callers, Labels("o"), untouched)
    day += excisions(dice, callers, Labels("e"))
    day += group_class(dice, callers, Labels("g"))
    day += provider_trouble(dice, callers, Labels("p"))
    day += races(dice, callers)
    day += searches(dice, 30)
    day += newcomers(dice, everybody, 8)
    records = [*corrections(dice, callers, 12), *merges(dice, everybody, 4)]
    altered = {call[who] for call in records for who in ("patient", "duplicate") if who in call}
    day += records
    day += lookups(dice, [person for person in everybody if person.mrn not in altered], 40)
    day += mistakes(dice)
    # Sorted by time alone: calls of the same second stay in the order in which they depend on each other.
    return [call | {"at": _clock(call["at"])} for call in sorted(day, key=lambda call: int(call["at"]))]


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
