"""The day's calls as `examples/clinic/calls.ndjson` writes them; the README there explains each."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Absence",
    "AbsenceOver",
    "Book",
    "BookHeld",
    "Call",
    "Cancel",
    "Confirm",
    "Correct",
    "Delay",
    "DelayCleared",
    "Find",
    "Hold",
    "Join",
    "Merge",
    "Mistake",
    "MoveAffected",
    "Overbook",
    "Race",
    "Register",
    "Release",
    "Reschedule",
    "Search",
    "Wish",
]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _Call(_Line):
    at: str


class Wish(_Line):
    """A preference; only the days bind."""

    from_day: int
    to_day: int = 13
    resources: tuple[str, ...] = ()
    after: str = "00:00"
    before: str = "24:00"


class _Visit(_Call):
    facility: str
    visit_type: str
    wish: Wish


class Search(_Visit):
    call: Literal["search"]


class Find(_Call):
    call: Literal["find"]
    by: dict[str, Any]
    patient: str


class _Labelled(_Call):
    label: str = Field(alias="as")


class Book(_Visit, _Labelled):
    call: Literal["book"]
    patient: str
    reason: str


class Hold(_Visit, _Labelled):
    call: Literal["hold"]
    patient: str
    seconds: int = 300
    """A hold that nobody comes back to lasts but a moment."""


class BookHeld(_Call):
    call: Literal["book-held"]
    appointment: str
    patient: str
    reason: str


class Release(_Call):
    call: Literal["release"]
    appointment: str


class Confirm(_Call):
    call: Literal["confirm"]
    appointment: str


class Reschedule(_Call):
    call: Literal["reschedule"]
    appointment: str
    wish: Wish
    by: str
    reason_code: str


class Cancel(_Call):
    call: Literal["cancel"]
    appointment: str
    by: str
    reason_code: str


class Race(_Visit):
    call: Literal["race"]
    over: Literal["slot", "day"] = Field(alias="for")
    patients: tuple[str, ...]
    wins: int


class Overbook(_Labelled):
    call: Literal["overbook"]
    over: str
    patient: str
    reason_code: str
    reason: str


class Join(_Labelled):
    call: Literal["join"]
    session: str
    patient: str
    expect: Literal["booked", "slot-taken"]


class Absence(_Labelled):
    call: Literal["absence"]
    resource: str
    day: int
    from_time: str = Field(alias="from")
    to_time: str = Field(alias="to")
    reason: str


class AbsenceOver(_Call):
    call: Literal["absence-over"]
    absence: str


class MoveAffected(_Call):
    call: Literal["move-affected"]
    absence: str
    reason_code: str


class Delay(_Call):
    call: Literal["delay"]
    resource: str
    minutes: int
    reason: str


class DelayCleared(_Call):
    call: Literal["delay-cleared"]
    resource: str


class Register(_Call):
    call: Literal["register"]
    patient: str
    record: dict[str, Any]


class Correct(_Call):
    call: Literal["correct"]
    patient: str
    changes: dict[str, Any]


class Merge(_Call):
    call: Literal["merge"]
    patient: str
    duplicate: str


class Mistake(_Call):
    call: Literal["mistake"]
    what: str


_Records = Search | Find | Register | Correct | Merge
_Visits = Book | Hold | BookHeld | Release | Confirm | Reschedule | Cancel | Overbook | Join
_Incidents = Race | Absence | AbsenceOver | MoveAffected | Delay | DelayCleared | Mistake
Call = Annotated[_Records | _Visits | _Incidents, Field(discriminator="call")]
