"""1,200 invented patients in households. No one of them exists.

The telephone numbers are in the range that North America reserves for fiction (555-0100 to 555-0199), the
mail domain is reserved by RFC 2606, the identifiers' namespace by RFC 6963.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from examples.clinic import FOOTHILLS, LAKESIDE
from examples.dice import Dice
from examples.names import FAMILY_NAMES, GIVEN_NAMES, NEAR_SPELLINGS

__all__ = ["MRN_SYSTEM", "Person", "patients", "people"]

MRN_SYSTEM: Final = "urn:example:clinic-group:mrn"
PATIENTS: Final = 1_200
DUPLICATES: Final = 12
_BORN_BEFORE: Final = date(2026, 1, 1)
_AREA_CODES: Final = {LAKESIDE: ("312", "773", "847", "630", "708"), FOOTHILLS: ("303", "720", "970", "719")}
_ZONES: Final = {LAKESIDE: "America/Chicago", FOOTHILLS: "America/Denver"}
_PLANS: Final = (
    ("Evergreen Health Plan", "Silver PPO"),
    ("Evergreen Health Plan", "Bronze HMO"),
    ("Prairie Mutual", "Choice Plus"),
    ("Summit Care", "Medicare Advantage"),
    ("Commonwealth Aid", "Medicaid"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as the generator knows them; what the clinic is told of them is `record`."""

    mrn: str
    facility: str
    given: str
    family: str
    sex: str
    born: date
    phone: str
    email: str | None
    relationship: str | None
    """Whose the telephone is, where it isn't the patient's own."""
    language: str
    coverage: tuple[str, str, str] | None

    @property
    def age(self) -> int:
        return (_BORN_BEFORE - self.born).days // 365

    def record(self) -> dict[str, Any]:
        """The body of ``POST /v1/patients``, with the home facility beside it."""
        contact = {"channel": "sms", "value": self.phone}
        contacts = [contact | ({"relationship": self.relationship} if self.relationship else {})]
        if self.email:
            contacts.append({"channel": "email", "value": self.email})
        payer = dict(zip(("payer", "plan", "member_id"), self.coverage or (), strict=False))
        return {
            "facility": self.facility,
            "family_name": self.family,
            "given_names": self.given,
            "birth_date": self.born.isoformat(),
            "identifiers": [{"system": MRN_SYSTEM, "value": self.mrn}],
            "contacts": contacts,
            "time_zone": _ZONES[self.facility],
            "language": self.language,
            "coverages": [payer] if payer else [],
        }


def _household(dice: Dice, facility: str, number: int, first: int) -> Iterator[Person]:
    family = dice.one(FAMILY_NAMES)
    language = dice.weighted([("en", 0.86), ("es", 0.10), ("pl", 0.02), ("ar", 0.02)])
    codes = _AREA_CODES[facility]
    phone = f"+1-{codes[number % len(codes)]}-555-{101 + number // len(codes):04d}"
    plan = dice.one(_PLANS) if dice.chance(0.92) else None
    adults, children = dice.weighted([((1, 0), 45), ((2, 0), 25), ((2, 1), 12), ((2, 2), 12), ((1, 2), 6)])
    for member in range(adults + children):
        sex, child = dice.one(("f", "m")), member >= adults
        years = dice.between(0, 16) if child else dice.between(20, 48) if children else dice.between(19, 92)
        given = dice.one(GIVEN_NAMES[sex])
        mrn = f"{200_000 + 7 * (first + member)}"
        mail = f"{given}.{family}.{mrn}@mail.example".lower().replace(" ", "-").replace("'", "")
        yield Person(
            mrn=mrn,
            facility=facility,
            given=given if dice.chance(0.7) else f"{given} {dice.one(GIVEN_NAMES[sex])}",
            family=family,
            sex=sex,
            born=_BORN_BEFORE - timedelta(days=365 * years + dice.between(1, 364)),
            phone=phone,
            email=mail if mail.isascii() and not child and dice.chance(0.4) else None,
            relationship="parent" if child else None,
            language=language,
            coverage=(*plan, f"{dice.between(10**8, 10**9 - 1)}") if plan else None,
        )


def people(dice: Dice) -> list[Person]:
    """Everybody registered when the day begins; the last `DUPLICATES` are second records."""
    known: list[Person] = []
    households = Counter[str]()
    while len(known) < PATIENTS - DUPLICATES:
        facility = dice.weighted([(LAKESIDE, 0.6), (FOOTHILLS, 0.4)])
        known += _household(dice, facility, households[facility], len(known))
        households[facility] += 1
    known = known[: PATIENTS - DUPLICATES]
    alike = [person for person in known if person.family in NEAR_SPELLINGS]
    for twin in dice.shuffled(alike)[:DUPLICATES]:
        mrn = f"{200_000 + 7 * len(known)}"
        known.append(replace(twin, mrn=mrn, family=NEAR_SPELLINGS[twin.family], email=None))
    return known


def patients(everybody: list[Person]) -> list[dict[str, Any]]:
    """The lines of ``patients.ndjson``."""
    return [person.record() for person in everybody]
