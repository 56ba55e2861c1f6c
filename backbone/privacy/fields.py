"""The names under which a patient's identifying fields are sealed: writer, reader and index must agree on
them."""

import re
from typing import Final

__all__ = [
    "BIRTH_DATE",
    "CONTACT",
    "FAMILY_NAME",
    "GIVEN_NAMES",
    "IDENTIFIER",
    "MEMBER_ID",
    "RELATIONSHIP",
    "field_of",
]

FAMILY_NAME: Final = "family_name"
GIVEN_NAMES: Final = "given_names"
BIRTH_DATE: Final = "birth_date"
"""ISO 8601: ``1969-07-20``."""
CONTACT: Final = "contacts.value"
RELATIONSHIP: Final = "contacts.relationship_note"
IDENTIFIER: Final = "identifiers.value"
MEMBER_ID: Final = "coverages.member_id"

_POSITIONS = re.compile(r"\[[0-9]*\]")


def field_of(path: str) -> str:
    """The field that a path names, whatever the position: ``contacts[1].value`` -> ``contacts.value``.

    Positions are no part of what a text is bound to: they move when an entry of the list is removed.
    """
    return _POSITIONS.sub("", path) if "[" in path else path
