"""No patient's identity in any Kafka record: every patient's names, numbers and dates are looked for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cli.demo.checking.verdict import Verdict, verdict
from cli.demo.observer import Seen

__all__ = ["identities", "no_identities", "words"]

_RUN = re.compile(r"[\w-]+")
_PIECE = re.compile(r"[^\W\d_]{3,}")
_LONGEST_RUN = 40
"""A longer one is ciphertext: it is looked at as a whole, because chance spells short names in it."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)")
"""Its fraction of a second looks like a record number."""


def words(text: str) -> Iterator[str]:
    """The runs of letters, digits and hyphens in a text, and the names within them; lower case.

    A telephone number is one run, without its country code; so is a date.
    """
    for run in _RUN.findall(text):
        if len(run) <= _LONGEST_RUN:
            yield run.casefold().removeprefix("1-")
            yield from (piece.casefold() for piece in _PIECE.findall(run))


def identities(patients: Iterable[Mapping[str, Any]], public: Iterable[str]) -> frozenset[str]:
    """What would give a patient away; not what stands in ``public`` texts too, such as providers' names."""
    known = {word for text in public for word in words(text)}
    told = (word for patient in patients for word in words(_identifying(patient)))
    return frozenset(word for word in told if len(word) > 2 and word not in known)


def _identifying(patient: Mapping[str, Any]) -> str:
    parts = [patient["family_name"], patient["given_names"], patient["birth_date"]]
    parts += [identifier["value"] for identifier in patient.get("identifiers", ())]
    parts += [contact["value"].partition("@")[0] for contact in patient.get("contacts", ())]
    parts += [coverage["member_id"] for coverage in patient.get("coverages", ())]
    return " | ".join(parts)


def no_identities(seen: Sequence[Seen], secrets: frozenset[str], free_texts: frozenset[str]) -> Verdict:
    """Looks into every key, header and value; ``free_texts`` are what callers said."""
    problems = [
        f"{record.topic} {record.text('ce_id')}: a patient's identity in {where}"
        for record in seen
        for where, text in _texts(record)
        if any(said in text for said in free_texts) or any(word in secrets for word in words(text))
    ]
    basis = f"{len(secrets)} names and numbers, {len(seen)} records"
    return verdict("no patient's identity is on Kafka", basis, problems, rests_on=len(seen) * len(secrets))


def _texts(record: Seen) -> Iterator[tuple[str, str]]:
    yield "its key", record.key.decode("latin-1")
    for name, value in record.headers.items():
        yield from _text(name, value.decode("latin-1"))
    for leaf in _leaves(record.data):
        yield from _text("its value", leaf)


def _text(where: str, text: str) -> Iterator[tuple[str, str]]:
    if not _INSTANT.fullmatch(text):
        yield where, text


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None:
        yield str(value)
