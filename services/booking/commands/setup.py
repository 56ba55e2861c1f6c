"""What may be asked about facilities, visit types and resources, with the bounds of what makes sense."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from backbone.web.refusing import unacceptable
from backbone.web.times import Day
from services.booking.commands.texts import (
    Code,
    Command,
    GridMinutes,
    Label,
    Name,
    PhoneNumber,
    Text,
    WallClock,
    When,
    Zone,
)
from services.booking.values import AbsenceReason, ResourceKind, Weekday

__all__ = [
    "AddAbsence",
    "AddFacility",
    "AddResource",
    "AddVisitType",
    "ChangeFacility",
    "ChangeResource",
    "LONGEST_VISIT_MINUTES",
    "NeedWanted",
    "PreparationWanted",
    "SetTemplate",
    "WeeklyHoursWanted",
]

LONGEST_VISIT_MINUTES = 12 * 60
MOST_ABSENT_DAYS = 731
_Minutes = Annotated[GridMinutes, Field(gt=0, le=LONGEST_VISIT_MINUTES)]
_Buffer = Annotated[GridMinutes, Field(ge=0, le=240)]


class AddFacility(Command):
    """A place with its own clock."""

    name: Name
    time_zone: Zone
    phone: PhoneNumber
    message_name: Name


class ChangeFacility(Command):
    """What is left out stays as it is."""

    name: Name | None = None
    time_zone: Zone | None = None
    phone: PhoneNumber | None = None
    message_name: Name | None = None


class NeedWanted(Command):
    """Part of a visit type."""

    kind: ResourceKind
    specialty: Label | None = None
    count: int = Field(default=1, ge=1, le=10)
    from_minute: Annotated[GridMinutes, Field(ge=0, lt=LONGEST_VISIT_MINUTES)] = 0
    minutes: _Minutes | None = None


class PreparationWanted(Command):
    """Part of a visit type."""

    text: Text
    deadline_hours: int = Field(ge=0, le=24 * 90)


class AddVisitType(Command):
    """A kind of visit, named by its code."""

    code: Code
    name: Name
    minutes: _Minutes
    buffer_before_minutes: _Buffer = 0
    buffer_after_minutes: _Buffer = 0
    needs: tuple[NeedWanted, ...] = Field(min_length=1, max_length=8)
    lead_minutes: int = Field(default=0, ge=0, le=60 * 24 * 365)
    daily_limit: int | None = Field(default=None, ge=1, le=10_000)
    seats: int | None = Field(default=None, ge=1, le=500)
    preparation: tuple[PreparationWanted, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _needs_fit(self) -> Self:
        for need in self.needs:
            if need.from_minute + (need.minutes or 5) > self.minutes:
                raise unacceptable("a need reaches beyond the visit's end")
        if sum(need.count for need in self.needs) > 12:
            raise unacceptable("a visit takes at most 12 resources")
        return self


class AddResource(Command):
    """A provider, a room or a device."""

    facility_id: UUID
    kind: ResourceKind
    name: Name
    specialties: tuple[Label, ...] = Field(default=(), max_length=50)
    visit_types: tuple[Code, ...] | None = Field(default=None, max_length=500)
    capacity: int = Field(default=1, ge=1, le=500)


class ChangeResource(Command):
    """What is left out, or null, stays as it is; but ``visit_types`` null: any."""

    name: Name | None = None
    specialties: tuple[Label, ...] | None = Field(default=None, max_length=50)
    visit_types: tuple[Code, ...] | None = Field(default=None, max_length=500)
    capacity: int | None = Field(default=None, ge=1, le=500)


class WeeklyHoursWanted(Command):
    """Open hours on one weekday; ``to`` may be 24:00."""

    day: Weekday
    from_time: WallClock = Field(alias="from")
    to_time: WallClock = Field(alias="to")
    every_weeks: int = Field(default=1, ge=1, le=52)
    facility_id: UUID | None = None
    visit_types: tuple[Code, ...] | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.from_time >= self.to_time:
            raise unacceptable("hours end after they start; hours across midnight are two entries")
        return self


class SetTemplate(Command):
    """Weekly hours in a range of local days, both included; an empty week closes them."""

    effective_from: Day
    effective_to: Day | None = None
    weekly: tuple[WeeklyHoursWanted, ...] = Field(max_length=200)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise unacceptable("effective_to lies before effective_from")
        return self


class AddAbsence(Command):
    """Away from ``starts_at`` up to ``ends_at``; need not be on the grid."""

    starts_at: When
    ends_at: When
    reason: AbsenceReason

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise unacceptable("an absence ends after it starts")
        if (self.ends_at - self.starts_at).days > MOST_ABSENT_DAYS:
            raise unacceptable("an absence of more than two years is a retirement")
        return self
