"""Times as the API takes them: RFC 3339 with offset."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from backbone.web.refusing import unacceptable

__all__ = ["Day", "Instant", "rfc3339"]

_RFC_3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:([Zz])|([+\- ])(\d\d:\d\d))", re.ASCII
)
_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
FIRST_DAYS_YEAR: Final = 1800
"""Birth dates are days too. Outside these years neither we nor PostgreSQL could reckon with zones."""


def rfc3339(instant: datetime) -> str:
    """An aware instant as text, in UTC: ``2031-03-04T09:00:00Z``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        parsed = value
    else:
        match = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise unacceptable("a time is written 2031-03-04T09:00:00+01:00 (RFC 3339, with offset)")
        day, time, zulu, sign, offset = match.groups()
        # In a query string "+" stands for a blank: who forgot to escape it is understood all the same.
        written = f"{day}T{time}" + ("+00:00" if zulu else ("+" if sign == " " else sign) + offset)
        try:
            parsed = datetime.fromisoformat(written)
        except ValueError:
            raise unacceptable("there is no such day or time") from None
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        raise unacceptable("the year must lie between 1970 and 2199")
    return parsed.astimezone(UTC)


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or _ISO_DATE.fullmatch(value) is None:
        raise unacceptable("a date is written 2031-03-04")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise unacceptable("there is no such day") from None
    if not FIRST_DAYS_YEAR <= day.year <= LAST_YEAR:
        raise unacceptable("the year must lie between 1800 and 2199")
    return day


_AS_TEXT = PlainSerializer(rfc3339, return_type=str, when_used="json")
_DATE_TIME = WithJsonSchema({"type": "string", "format": "date-time"})

Instant = Annotated[datetime, BeforeValidator(_instant), _AS_TEXT, _DATE_TIME]
"""When something happened: any instant from 1970 to 2199; parsed to UTC, written in UTC."""

Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar day, as text only (a number is none)."""
