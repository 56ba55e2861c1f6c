"""Reading a calendar over HTTP, at a clinic of two facilities."""

from collections.abc import Mapping
from typing import Any

from services.booking.values import WeeklyHours
from tests.services.projections.telling import named
from tests.services.world import World

__all__ = ["DAY", "HARBOR", "HILL", "calendar", "of_kind", "open_clinic"]

DAY = {"from": "2026-03-02", "to": "2026-03-02"}
HARBOR, HILL = named("Harbor"), named("Hill")


async def open_clinic(world: World, *providers: str) -> None:
    """Providers of Harbor who are also at Hill on Mondays, a room, and two patients."""
    await world.facility("Harbor")
    await world.facility("Hill")
    hours = [
        WeeklyHours(day="MO", from_time="09:00", to_time="12:00"),
        WeeklyHours(day="MO", from_time="13:00", to_time="17:00", facility_id=HILL),
    ]
    for name in providers:
        await world.resource(name, "Harbor", weekly=hours)
    await world.resource("Room 1", "Harbor", "room")
    await world.patient("ana", "Abernathy", "Ana")
    await world.patient("ben", "Brandt", "Ben")
    await world.settled()


async def calendar(
    world: World,
    name: str,
    position: str | None,
    headers: dict[str, str] | None = None,
    query: Mapping[str, str] = DAY,
) -> dict[str, Any]:
    """A resource's calendar, which must be there."""
    wanted = {**query, **({"at_least": position} if position else {})}
    answer = await world.get(f"/v1/calendars/{named(name)}", headers, wanted)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def of_kind(body: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The entries of one kind."""
    return [entry for entry in body["entries"] if entry["kind"] == kind]
