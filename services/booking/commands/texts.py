"""The kinds of text that a request may carry."""

import re
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, StringConstraints

from backbone.web.bodies import Body
from backbone.web.characters import free_text, one_line
from backbone.web.refusing import unacceptable
from backbone.web.times import FIRST_YEAR, LAST_YEAR
from services.booking.slots import SLOT_MINUTES

__all__ = [
    "Code",
    "Command",
    "GridMinutes",
    "Label",
    "Name",
    "NameOfSystem",
    "PhoneNumber",
    "Text",
    "WallClock",
    "When",
    "Zone",
]


class Command(Body):
    """Something asked for, whichever way it comes: no unknown fields, texts trimmed and bounded."""


def _zone(name: str) -> str:
    """A zone that means the same on every machine and counts no leap seconds."""
    try:
        if _NO_PLACE.fullmatch(name):
            raise ValueError
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise unacceptable("not an IANA time zone") from None
    return name


def _on_grid(minutes: int) -> int:
    if minutes % SLOT_MINUTES:
        raise unacceptable("minutes are whole multiples of 5")
    return minutes


def _written(value: Any) -> Any:
    """Pydantic would take ``"1899460800"`` as well: seconds since 1970 in a text."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        raise unacceptable("a time is written 2031-03-04T09:00:00+01:00 (RFC 3339, with offset)")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise unacceptable("there is no such day or time") from None


def _sensible(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise unacceptable("the year must lie between 1970 and 2199")
    return moment


_WALL_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5][05]|24:00", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:.*", re.ASCII)
_NO_PLACE = re.compile(r"(posix|right)/.*|posixrules|localtime|Factory")


def _wall_clock(text: str) -> str:
    if not _WALL_CLOCK.fullmatch(text):
        raise unacceptable("a wall clock time is HH:MM on the 5-minute grid")
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(one_line)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(free_text)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(one_line)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
NameOfSystem = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~:/?#%&=+-]{0,99}$")]
"""A URI or a code: whoever gave out a number, never whose it is."""
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()./-]{2,30}$")]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
WallClock = Annotated[str, AfterValidator(_wall_clock)]
GridMinutes = Annotated[int, AfterValidator(_on_grid)]
When = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_sensible)]
"""An instant as its sender wrote it: the offset is kept, because it tells which wall clock was meant."""
