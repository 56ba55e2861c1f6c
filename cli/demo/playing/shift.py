"""What everybody at the desk has before them: the line out, the files, the names, the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cli.demo.anchor import Anchor
from cli.demo.calls import Wish
from cli.demo.clinic import ClinicFiles, Known
from cli.demo.desk import Answer, Desk, SurpriseError
from cli.demo.ledger import Booking, Glance, Ledger, Times

__all__ = ["Proposal", "Shift"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A free time, as the service proposed it; ``body`` can be posted as it is."""

    body: dict[str, Any]

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.body["starts_at"])

    @property
    def ends_at(self) -> datetime:
        return datetime.fromisoformat(self.body.get("ends_at") or self.body["starts_at"])

    @property
    def times(self) -> dict[UUID, Times]:
        """From when to when each resource is needed."""
        whole = (self.starts_at, self.ends_at)
        parts = self.body.get("resources", ())
        staggered = {
            UUID(part["resource_id"]): (
                datetime.fromisoformat(part["starts_at"]),
                datetime.fromisoformat(part["ends_at"]),
            )
            for part in parts
        }
        return staggered or {UUID(id): whole for id in self.body["resource_ids"]}

    @property
    def resource_ids(self) -> frozenset[UUID]:
        return frozenset(self.times)


@dataclass(slots=True)
class Shift:
    """One day at the desk."""

    desk: Desk
    files: ClinicFiles
    known: Known
    anchor: Anchor
    ledger: Ledger

    async def free(
        self, visit_type: str, facility: str, wish: Wish, patient: str | None = None, **more: str
    ) -> list[Proposal]:
        """Free times, those that suit ``wish`` best first: with whom and in the part of the day one likes."""
        wanted = [self.known.resources[name] for name in wish.resources]
        found = await self._asked(visit_type, facility, wish, patient, resource_id=wanted, **more)
        if not found and wanted:
            found = await self._asked(visit_type, facility, wish, patient, **more)
        zone = ZoneInfo(self.files.zones[facility])

        def unsuitable(proposal: Proposal) -> bool:
            return not wish.after <= proposal.starts_at.astimezone(zone).strftime("%H:%M") < wish.before

        return sorted(found, key=unsuitable)

    async def _asked(
        self, visit_type: str, facility: str, wish: Wish, patient: str | None, **more: Any
    ) -> list[Proposal]:
        zone = self.files.zones[facility]
        asked = {
            "visit_type": visit_type,
            "facility_id": str(self.known.facilities[facility]),
            "from": self.anchor.instant(wish.from_day, "00:00", zone).isoformat(),
            "to": self.anchor.instant(wish.to_day, "24:00", zone).isoformat(),
            "patient_id": self.patient(patient) if patient else None,
            "limit": 100,
        }
        answer = (await self.desk.get("/v1/availability", asked | more)).expect(200)
        return [Proposal(body) for body in answer.body["proposals"]]

    async def acknowledged(self, booking: Booking, answer: Answer) -> None:
        """Writes it down, and looks whether the calendar shows it when asked for no less than that write."""
        self.ledger.booked(booking, answer)
        told = self.ledger.bookings[booking.label]
        resource_id = min(told.resource_ids)
        asked = {
            "from": told.starts_at.isoformat(),
            "to": told.ends_at.isoformat(),
            "at_least": told.position,
        }
        began = perf_counter()
        calendar = await self.desk.get(f"/v1/calendars/{resource_id}", asked)
        seconds = perf_counter() - began
        self.ledger.glances.append(Glance(booking.label, seconds, _missing(told, calendar)))

    async def changed(self, label: str, answer: Answer) -> None:
        """The same for a booking that is known already."""
        await self.acknowledged(self.ledger.bookings[label], answer)

    def patient(self, number: str) -> str:
        return str(self.known.patients[number])

    def day(self, number: int, facility: str) -> Iterator[str]:
        """Start and end of a local day, as query values."""
        zone = self.files.zones[facility]
        for wall_clock in ("00:00", "24:00"):
            yield self.anchor.instant(number, wall_clock, zone).isoformat()


def _missing(told: Booking, calendar: Answer) -> str | None:
    if not calendar.ok:
        return f"the calendar answered {calendar.status} {calendar.problem}"
    listed = calendar.body["entries"]
    seats = [seat for entry in listed for seat in entry.get("attendees", ())]
    shown = {entry.get("appointment_id"): entry for entry in (*listed, *seats)}
    entry = shown.get(str(told.appointment_id))
    if told.stands and (entry is None or entry["status"] != told.status):
        return f"{told.status}, but not in the calendar"
    if not told.stands and entry is not None and entry["status"] != told.status:
        return f"{told.status}, but still in the calendar"
    return None


def first(found: list[Proposal], what: str) -> Proposal:
    """The best proposal; none at all is a surprise."""
    if not found:
        raise SurpriseError(f"nothing is free for {what}")
    return found[0]
