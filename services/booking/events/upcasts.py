"""How events of versions that are no longer recorded become those of today. Pure."""

from collections.abc import Mapping
from typing import Any

from backbone.store.mapper import Upcast
from services.booking.values import RELATIONSHIPS

__all__ = ["UPCASTS"]


def _relationships_as_codes(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 1 had free words in the clear: one of today's codes where they are one, else ``other``.

    The words themselves can't be carried on, for want of a key here. They stay in the old record.
    """
    return {**event, "contacts": [_contact(contact) for contact in event.get("contacts", ())]}


def _contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    words = contact.get("relationship")
    rest = {name: value for name, value in contact.items() if name != "relationship"}
    if words is None:
        return rest
    code = words.strip().casefold()
    return rest | {"relationship_code": code if code in RELATIONSHIPS else "other"}


UPCASTS = tuple(
    Upcast(f"almanac.booking.{name}.v1", f"almanac.booking.{name}.v2", _relationships_as_codes)
    for name in ("PatientRegistered", "PatientDetailsChanged")
)
"""One for each version of an event that is not today's."""
