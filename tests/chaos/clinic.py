"""A small clinic that is open day and night, small enough that callers get into each other's way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from cli.demo.desk import Desk
from cli.demo.registering import several

__all__ = ["SLOT", "VISIT_TYPE", "Clinic", "register_clinic"]

PROVIDERS, ROOMS, PATIENTS = 6, 5, 40
VISIT_TYPE = "check-up"
SLOT = timedelta(minutes=5)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Clinic:
    """What can be booked, in ``slots`` of five minutes from ``first`` on."""

    providers: Sequence[str]
    rooms: Sequence[str]
    patients: Sequence[str]
    first: datetime
    slots: int

    @property
    def resources(self) -> Sequence[str]:
        return (*self.providers, *self.rooms)

    @property
    def end(self) -> datetime:
        """After the last visit that may be booked."""
        return self.first + (self.slots + 12) * SLOT

    def any_time(self, dice: Random) -> dict[str, Any]:
        """A time with a provider and a room, free or not."""
        return {
            "starts_at": (self.first + dice.randrange(self.slots) * SLOT).isoformat(),
            "resource_ids": [dice.choice(self.providers), dice.choice(self.rooms)],
        }

    def any_visit(self, dice: Random) -> dict[str, Any]:
        """A proposal for some patient."""
        return self.any_time(dice) | {"visit_type": VISIT_TYPE, "patient_id": dice.choice(self.patients)}


async def register_clinic(desk: Desk, days: int) -> Clinic:
    """Registers it; ``days`` can be booked."""
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    place = {"name": "Harbour", "time_zone": "UTC", "phone": "+1 212 555 0100", "message_name": "Harbour"}
    facility = (await desk.post("/v1/facilities", place)).expect(201).body["facility_id"]
    needs = [{"kind": "provider"}, {"kind": "room"}]
    visit_type = {"code": VISIT_TYPE, "name": "Check-up", "minutes": 15, "needs": needs}
    (await desk.post("/v1/visit-types", visit_type | {"buffer_after_minutes": 5})).expect(201)
    found: dict[str, list[str]] = {"provider": [], "room": [], "patient": []}

    async def resource(kind: str) -> None:
        body = {"facility_id": facility, "kind": kind, "name": f"{kind} {len(found[kind])}"}
        answer = (await desk.post("/v1/resources", body)).expect(201)
        week = [{"day": day, "from": "00:00", "to": "24:00"} for day in DAYS]
        hours = {"effective_from": "2026-01-01", "weekly": week}
        (await desk.put(f"/v1/resources/{answer.body['resource_id']}/template", hours)).expect(200)
        found[kind].append(answer.body["resource_id"])

    async def patient(number: int) -> None:
        body = {"family_name": f"Testfall{number}", "given_names": "Ann", "birth_date": "1970-01-31"}
        found["patient"].append((await desk.post("/v1/patients", body)).expect(201).body["patient_id"])

    await several(["provider"] * PROVIDERS + ["room"] * ROOMS, resource)
    await several(range(PATIENTS), patient)
    # In the order of nothing that time decides: the same dice then choose the same.
    providers, rooms, patients = (sorted(found[kind]) for kind in ("provider", "room", "patient"))
    return Clinic(providers, rooms, patients, first, days * 288)
