"""Patients as an answer shows them: merged records under the survivor, names only to those who may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from backbone.privacy.disclosure import SealedRecord, Withheld
from backbone.privacy.fields import BIRTH_DATE, FAMILY_NAME, GIVEN_NAMES
from backbone.privacy.privacy import Privacy
from backbone.projecting import Tables
from backbone.web.caller import Role
from backbone.web.calling import Call

__all__ = ["Person", "find", "one_person", "show"]

SEE_NAMES: Final[tuple[Role, ...]] = ("scheduler", "front-desk", "clinician", "patient")
"""Who needs to know whom to expect; others that see patients at all see pseudonyms."""
SEE_PSEUDONYMS: Final[tuple[Role, ...]] = (*SEE_NAMES, "coder", "auditor", "system")


@dataclass(frozen=True, slots=True)
class Person:
    """A patient's record that counts: its own, or that of the survivor it was merged into."""

    patient_id: UUID
    sealed: Mapping[str, str]
    """Ciphertext by field."""
    erased: bool


async def find(patients: Tables, ids: Iterable[UUID | None]) -> dict[UUID, Person]:
    """Who stands behind each of ``ids``; one that is not known (yet) is missing."""
    rows = await patients.fetch(
        """
        WITH RECURSIVE upwards (asked, patient_id, depth) AS (
            SELECT id, id, 0 FROM unnest($1::uuid[]) AS asked (id)
            UNION ALL
            SELECT u.asked, p.merged_into, u.depth + 1
            FROM upwards u JOIN patients{g} p ON p.patient_id = u.patient_id
            WHERE p.merged_into IS NOT NULL AND u.depth < 16
        )
        SELECT DISTINCT ON (u.asked)
            u.asked, p.patient_id, p.family_name, p.given_names, p.birth_date, p.erased
        FROM upwards u JOIN patients{g} p ON p.patient_id = u.patient_id
        ORDER BY u.asked, u.depth DESC
        """,
        list({each for each in ids if each is not None}),
    )
    paths = (FAMILY_NAME, GIVEN_NAMES, BIRTH_DATE)
    return {
        row["asked"]: Person(
            row["patient_id"],
            {path: row[path] for path in paths if row[path] is not None},
            row["erased"],
        )
        for row in rows
    }


async def one_person(patients: Tables, patient_id: UUID) -> frozenset[UUID]:
    """All records that are the same person as ``patient_id``, itself included; empty where it is unknown."""
    root = (await find(patients, [patient_id])).get(patient_id)
    if root is None:
        return frozenset()
    rows = await patients.fetch(
        """
        WITH RECURSIVE downwards (patient_id, depth) AS (
            SELECT $1::uuid, 0
            UNION ALL
            SELECT p.patient_id, d.depth + 1
            FROM downwards d JOIN patients{g} p ON p.merged_into = d.patient_id
            WHERE d.depth < 16
        )
        SELECT DISTINCT patient_id FROM downwards
        """,
        root.patient_id,
    )
    return frozenset(row["patient_id"] for row in rows)


async def show(
    privacy: Privacy,
    call: Call,
    action: str,
    facility_ids: Iterable[UUID],
    people: Mapping[UUID, Person],
    ids: Iterable[UUID | None],
) -> dict[UUID, dict[str, Any]]:
    """What the answer says of each of ``ids``, once it is on record that it is said.

    ``people``: as ``find`` found them. Names and birth date, or the pseudonym alone, by the caller's role; a
    caller who may not even know that gets nothing, and nothing is recorded.
    """
    asked = sorted({each for each in ids if each is not None})
    if not asked or not call.caller.has(*SEE_PSEUDONYMS):
        return {}
    persons = [people.get(each) or Person(each, {}, erased=False) for each in asked]
    names = call.caller.has(*SEE_NAMES)
    records = [
        SealedRecord(person.patient_id, person.sealed)
        for person in {person.patient_id: person for person in persons}.values()
        if names and person.sealed
    ]
    opened = await privacy.disclose(
        call.access(action, facility_ids), records, also=[person.patient_id for person in persons]
    )
    plain = {record.subject: texts for record, texts in zip(records, opened, strict=True)}
    return {
        each: _shown(person, plain.get(person.patient_id, {}))
        for each, person in zip(asked, persons, strict=True)
    }


def _shown(person: Person, texts: Mapping[str, str | Withheld]) -> dict[str, Any]:
    shown: dict[str, Any] = {"patient_id": person.patient_id}
    if person.erased or Withheld.ERASED in texts.values():
        shown["erased"] = True
    else:
        shown |= {path: text for path, text in texts.items() if isinstance(text, str)}
    return shown
