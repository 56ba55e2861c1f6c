"""The kinds of text that a request may carry."""

import re
import unicodedata
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from services.booking.slots import SLOT_MINUTES

__all__ = ["Code", "Command", "GridMinutes", "Label", "Name", "PhoneNumber", "Text", "WallClock", "Zone"]


class Command(BaseModel):
    """Something asked for: unknown fields are refused, texts are trimmed."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _printable(text: str) -> str:
    if any(unicodedata.category(mark) in {"Cc", "Cs", "Co", "Cn"} and mark not in "\n\t" for mark in text):
        raise ValueError("control characters are not text")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not an IANA time zone") from None
    return name


def _on_grid(minutes: int) -> int:
    if minutes % SLOT_MINUTES:
        raise ValueError(f"times are whole multiples of {SLOT_MINUTES} minutes")
    return minutes


_WALL_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5][05]|24:00")


def _wall_clock(text: str) -> str:
    if not _WALL_CLOCK.fullmatch(text):
        raise ValueError("a wall clock time is HH:MM on the 5-minute grid")
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(_printable)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_printable)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()./-]{2,30}$")]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]
WallClock = Annotated[str, AfterValidator(_wall_clock)]
GridMinutes = Annotated[int, AfterValidator(_on_grid)]
