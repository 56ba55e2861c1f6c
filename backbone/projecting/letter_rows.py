"""A record as it lies in ``dead_letter``: all that its writer chose is sealed, or has the form of our own.

A record that is no event of ours may say anything of anybody, in its key and headers as in its value.
"""

import re
from dataclasses import dataclass
from typing import Final

import asyncpg

from backbone.privacy.errors import SealBrokenError
from backbone.privacy.letters import LetterSeal
from backbone.projecting.listening import Item

__all__ = [
    "Headers",
    "Stored",
    "is_readable",
    "name_of",
    "opened",
    "opened_headers",
    "opened_key",
    "plain_id",
    "plain_type",
    "row_of",
]

_KEY: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID: Final = re.compile(_KEY.pattern + r"-[0-9]{1,20}")
_TYPE: Final = re.compile(r"almanac\.[a-z-]{1,40}\.[A-Za-z]{1,60}\.v[0-9]{1,4}")

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A parked record as Kafka had given it (a ``RawRecord``), with the dead letter's id."""

    id: int
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


def name_of(key: str, seal: LetterSeal) -> str:
    """What stands for a record's key in the clear: itself if a UUID, as ours are, or else its mark."""
    return key if not key or _KEY.fullmatch(key) else seal.mark(key)


def plain_id(ce_id: str) -> str:
    """An event's id if it is one of ours; empty where it may be anything."""
    return ce_id if _ID.fullmatch(ce_id) else ""


def plain_type(ce_type: str) -> str:
    """An event's type if it is one of ours; empty where it may be anything."""
    return ce_type if _TYPE.fullmatch(ce_type) else ""


def row_of(item: Item, seal: LetterSeal) -> tuple[object, ...]:
    """key_text, ce_type, ce_id, record_key, record_value, record_timestamp, header_names, header_values."""
    raw = item.raw
    return (
        name_of(item.key, seal),
        plain_type(item.record.type if item.record else ""),
        plain_id(item.record.id if item.record else ""),
        None if raw.key is None else seal.seal(raw.key),
        None if raw.value is None else seal.seal(raw.value),
        raw.timestamp,
        [seal.seal(name.encode()).decode("ascii") for name, _ in raw.headers],
        [seal.seal(value or b"") for _, value in raw.headers],
    )


def opened(row: asyncpg.Record, seal: LetterSeal) -> Stored:
    """The record as it came; ``SealBrokenError`` where it was sealed under another root key."""
    value = row["record_value"]
    return Stored(
        row["id"],
        row["topic"],
        row["partition"],
        row["record_offset"],
        row["record_timestamp"],
        opened_key(row, seal),
        None if value is None else seal.open(value),
        opened_headers(row, seal),
    )


def opened_key(row: asyncpg.Record, seal: LetterSeal) -> bytes | None:
    """The record's key; ``SealBrokenError``."""
    key = row["record_key"]
    return None if key is None else seal.open(key)


def opened_headers(row: asyncpg.Record, seal: LetterSeal) -> Headers:
    """The record's headers; ``SealBrokenError``."""
    pairs = zip(row["header_names"], row["header_values"], strict=True)
    return tuple((seal.open(name.encode()).decode(), seal.open(value)) for name, value in pairs)


def is_readable(row: asyncpg.Record, seal: LetterSeal) -> bool:
    """Whether a row can be opened here, and so tried again."""
    try:
        opened(row, seal)
    except SealBrokenError:
        return False
    return True
