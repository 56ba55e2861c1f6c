"""Lists: ``?cursor=&limit=`` -> ``{..., next}``. A cursor holds ids, numbers and times, never a name."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from datetime import date, datetime
from json import dumps, loads
from typing import Annotated, Any, Final, Protocol, TypeVar
from uuid import UUID

from fastapi import Query

from backbone.web.problems import Problem

__all__ = ["Cursor", "DEFAULT_LIMIT", "Limit", "MAX_LIMIT", "next_cursor", "read_cursor"]

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200

CursorValue = UUID | int | datetime | date

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
"""``limit: Limit = DEFAULT_LIMIT``"""

Cursor = Annotated[str | None, Query(max_length=512, pattern=r"^[A-Za-z0-9_-]+$")]
"""``cursor: Cursor = None``: as the page before gave it in ``next``."""

Value = TypeVar("Value", covariant=True)


_LARGEST: Final = 2**31
_YEARS: Final = range(1900, 2300)


class Reader(Protocol[Value]):
    """Reads one value of a cursor from its text: ``UUID``, ``int``, ``datetime.fromisoformat``."""

    def __call__(self, text: str, /) -> Value: ...


def next_cursor(*values: CursorValue) -> str:
    """The cursor after the row with these sort keys."""
    texts = [value.isoformat() if isinstance(value, date) else str(value) for value in values]
    return urlsafe_b64encode(dumps(texts, separators=(",", ":")).encode()).rstrip(b"=").decode()


def read_cursor(cursor: str | None, *readers: Reader[Any]) -> tuple[Any, ...] | None:
    """The sort keys in a cursor, one by each reader; None without a cursor; a problem where it isn't ours."""
    if cursor is None:
        return None
    try:
        texts = loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError
        return tuple(_possible(read(text)) for read, text in zip(readers, texts, strict=True))
    except (ValueError, Base64Error, RecursionError):
        raise Problem(
            "invalid", "The cursor is not one that was given out: start again without it."
        ) from None


def _possible(value: Any) -> Any:
    """A number or time that a row could have; what was forged to be beyond is a ``ValueError``."""
    if isinstance(value, int) and not 0 <= value < _LARGEST:
        raise ValueError
    if isinstance(value, datetime) and (value.tzinfo is None or value.year not in _YEARS):
        raise ValueError
    return value
