"""What the views show: two weeks of every calendar, and the agendas of the first days."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cli.demo.playing.shift import Shift
from cli.demo.registering import several

__all__ = ["Views", "late_today", "look"]

_DAYS = 14
_AGENDA_DAYS = 3

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Views:
    """The answers, as they came."""

    calendars: Mapping[UUID, Json]
    """By resource."""
    agendas: Mapping[tuple[str, int], Json]
    """By facility and day."""

    def all(self) -> Mapping[str, Json]:
        """Each under a name fit for a person."""
        calendars = {f"calendar of {id}": view for id, view in self.calendars.items()}
        return calendars | {
            f"agenda of {where}, day {day}": view for (where, day), view in self.agendas.items()
        }


async def look(shift: Shift) -> Views:
    """Reads them all."""
    calendars: dict[UUID, Json] = {}
    agendas: dict[tuple[str, int], Json] = {}

    async def calendar(name: str) -> None:
        zone = shift.files.zones[shift.files.homes[name]]
        period = {
            "from": shift.anchor.instant(0, "00:00", zone).isoformat(),
            "to": shift.anchor.instant(_DAYS, "00:00", zone).isoformat(),
        }
        resource_id = shift.known.resources[name]
        answer = await shift.desk.get(f"/v1/calendars/{resource_id}", period)
        calendars[resource_id] = answer.expect(200).body

    async def agenda(at: tuple[str, int]) -> None:
        facility, day = at
        asked = {"facility_id": shift.known.facilities[facility], "date": shift.anchor.day(day).isoformat()}
        agendas[at] = (await shift.desk.get("/v1/agenda", asked)).expect(200).body

    await several(shift.known.resources, calendar)
    await several([(name, day) for name in shift.known.facilities for day in range(_AGENDA_DAYS)], agenda)
    return Views(calendars, agendas)


async def late_today(shift: Shift) -> Mapping[UUID, int]:
    """Minutes by provider, as today's agendas say: a delay belongs to the day on which it is reported."""
    late: dict[UUID, int] = {}
    for facility_id in shift.known.facilities.values():
        answer = (await shift.desk.get("/v1/agenda", {"facility_id": facility_id})).expect(200)
        late |= {UUID(delay["resource_id"]): delay["minutes"] for delay in answer.body["delays"]}
    return late
