"""Calls that look something up or put a record straight."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from examples.bookings import Call, Callers, moment, wish
from examples.clinic import FOOTHILLS, LAKESIDE
from examples.dice import Dice
from examples.names import FAMILY_NAMES, NEAR_SPELLINGS
from examples.people import DUPLICATES, MRN_SYSTEM, Person

__all__ = ["corrections", "lookups", "merges", "newcomers", "searches"]


def searches(dice: Dice, how_many: int) -> Iterator[Call]:
    """'When could I come?': a look at what is free that ends without a booking."""
    for _ in range(how_many):
        facility, code = (
            dice.one((LAKESIDE, FOOTHILLS)),
            dice.one(("FM-FUP", "CARD-CONS", "ORTHO-CONS", "DERM-CHK")),
        )
        yield {
            "at": moment(dice),
            "call": "search",
            "facility": facility,
            "visit_type": code,
            "wish": wish(dice, code, facility),
        }


def lookups(dice: Dice, everybody: Sequence[Person], how_many: int) -> Iterator[Call]:
    """A caller says who they are: by number, by telephone, by the beginning or the sound of a name."""
    spoken = {right: wrong for pair in NEAR_SPELLINGS.items() for right, wrong in (pair, pair[::-1])}
    alike = [person for person in everybody if person.family in spoken]
    for _ in range(how_many):
        how = dice.one(("identifier", "phone", "prefix", "near"))
        person = dice.one(alike if how == "near" else everybody)
        born = person.born.isoformat()
        by: dict[str, dict[str, Any]] = {
            "identifier": {"identifier": {"system": MRN_SYSTEM, "value": person.mrn}},
            "phone": {"phone": person.phone, "birth_date": born},
            "prefix": {"family_name": person.family[:4], "birth_date": born},
            "near": {"family_name": spoken.get(person.family, ""), "birth_date": born},
        }
        yield {"at": moment(dice), "call": "find", "by": by[how], "patient": person.mrn}


def newcomers(dice: Dice, everybody: Sequence[Person], how_many: int) -> Iterator[Call]:
    """People who call for the first time: registered, then booked as new patients."""
    for number in range(how_many):
        like = dice.one([person for person in everybody if person.age >= 30])
        person = replace(
            like,
            mrn=f"{300_000 + 7 * number}",
            family=dice.one(everybody).family,
            born=date(dice.between(1945, 2000), dice.between(1, 12), dice.between(1, 28)),
            phone=f"{like.phone[:6]}-555-0100",
            email=None,
        )
        at, label = moment(dice), f"n{number + 1:03d}"
        yield {"at": at, "call": "register", "patient": person.mrn, "record": person.record()}
        yield {
            "at": at + 90,
            "call": "book",
            "as": label,
            "patient": person.mrn,
            "facility": person.facility,
            "visit_type": "FM-NEW",
            "wish": wish(dice, "FM-NEW", person.facility),
            "reason": "New in town",
        }


def corrections(dice: Dice, callers: Callers, how_many: int) -> Iterator[Call]:
    """A new number, a married name, a birth date typed wrong."""
    for number in range(how_many):
        person = callers.take(dice.one((LAKESIDE, FOOTHILLS)))
        new: dict[str, Any] = (
            {
                "contacts": [
                    {"channel": "sms", "value": f"{person.phone[:6]}-555-{dice.between(101, 199):04d}"}
                ]
            },
            {"family_name": f"{person.family} {dice.one(FAMILY_NAMES)}"},
            {"birth_date": person.born.replace(day=person.born.day % 28 + 1).isoformat()},
        )[number % 3]
        yield {"at": moment(dice), "call": "correct", "patient": person.mrn, "changes": new}


def merges(dice: Dice, everybody: Sequence[Person], how_many: int) -> Iterator[Call]:
    """Two records turn out to be one person; the older one stays."""
    for twin in everybody[len(everybody) - DUPLICATES :][:how_many]:
        stays = next(
            one
            for one in everybody
            if (one.given, one.born, one.phone) == (twin.given, twin.born, twin.phone)
        )
        yield {"at": moment(dice), "call": "merge", "patient": stays.mrn, "duplicate": twin.mrn}
