"""Identifiers: UUIDv7 (RFC 9562, section 5.7), which sort by the time they were made."""

from uuid import UUID

from uuid_utils import compat

__all__ = ["new_id"]


def new_id() -> UUID:
    """A new UUIDv7 as a standard library ``UUID``."""
    return compat.uuid7()
