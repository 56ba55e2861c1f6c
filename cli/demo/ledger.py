"""What the desk was told, kept beside the system to hold it to its word."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from cli.demo.desk import Answer

__all__ = ["Affected", "Booking", "Glance", "Ledger", "RaceResult", "RefusalResult", "Times"]

Times = tuple[datetime, datetime]
"""From, to."""


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment as last acknowledged."""

    label: str
    appointment_id: UUID
    patient: str
    """Record number."""
    facility: str
    visit_type: str
    status: str
    starts_at: datetime
    ends_at: datetime
    times: Mapping[UUID, Times]
    """When each of its resources is needed."""
    version: int
    position: str = ""
    """Token of the last write, to read it by."""
    overbooked: bool = False
    session: str | None = None

    @property
    def resource_ids(self) -> frozenset[UUID]:
        return frozenset(self.times)

    @property
    def stands(self) -> bool:
        return self.status in ("held", "booked", "confirmed")


@dataclass(frozen=True, slots=True)
class RaceResult:
    """How several callers for the same thing fared."""

    name: str
    wins_allowed: int
    won: tuple[UUID, ...]
    refusals: tuple[Answer, ...]
    contested: frozenset[UUID]
    """Resources that the winner got and each loser asked for; empty where they asked for different times."""


@dataclass(frozen=True, slots=True)
class RefusalResult:
    """A request that had to be refused."""

    what: str
    expected: tuple[str, ...]
    """Status codes or problem types, any of which is right."""
    answer: Answer


@dataclass(frozen=True, slots=True)
class Affected:
    """An absence and the bookings it hit."""

    absence_id: UUID
    resource_id: UUID
    told: frozenset[UUID]
    """The appointments that the answer named."""
    known: frozenset[UUID]
    """Those that had been acknowledged before it was asked."""
    position: str
    """Token of the write, to read the tasks by."""
    moved: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Glance:
    """A look into a calendar right after a write, asking for at least that write."""

    label: str
    seconds: float
    """Until the answer was there."""
    problem: str | None
    """What it showed otherwise than the write had said."""


@dataclass(slots=True)
class Ledger:
    """Grows as the day goes on."""

    bookings: dict[str, Booking] = field(default_factory=dict)
    races: list[RaceResult] = field(default_factory=list)
    refusals: list[RefusalResult] = field(default_factory=list)
    absences: dict[str, Affected] = field(default_factory=dict)
    delays: dict[UUID, int] = field(default_factory=dict)
    """Minutes by resource, of those not cleared."""
    glances: list[Glance] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    """What went otherwise than the script allows."""
    lost_to_colleagues: int = 0
    """Bookings refused because another clerk was faster; tried again elsewhere."""

    def booked(self, booking: Booking, answer: Answer) -> None:
        """The service acknowledged ``booking``: ``answer`` says when, with what and in which version."""
        body = answer.body
        self.bookings[booking.label] = replace(
            booking,
            appointment_id=UUID(body["appointment_id"]),
            status=str(body["status"]),
            starts_at=_instant(body.get("starts_at"), booking.starts_at),
            ends_at=_instant(body.get("ends_at"), booking.ends_at),
            version=int(body["version"]),
            position=str(body["position"]),
        )

    def changed(self, label: str, answer: Answer) -> None:
        """The same for a booking that is known already."""
        self.booked(self.bookings[label], answer)

    def flag(self, label: str, *, overbooked: bool = False, session: str | None = None) -> None:
        """What is special about a booking."""
        self.bookings[label] = replace(self.bookings[label], overbooked=overbooked, session=session)

    def will_lapse(self, label: str) -> None:
        """A hold to which nobody comes back: the next that happens to it is its end."""
        held = self.bookings[label]
        self.bookings[label] = replace(held, status="cancelled", version=held.version + 1)

    def moved(self, absence: str, appointments: Iterable[UUID]) -> None:
        """These visits no longer fall into the absence."""
        self.absences[absence] = replace(self.absences[absence], moved=frozenset(appointments))

    def standing_with(self, resource_id: UUID, starts_at: datetime, ends_at: datetime) -> frozenset[UUID]:
        """Acknowledged appointments that need the resource in the time."""
        return frozenset(
            booking.appointment_id
            for booking in self.bookings.values()
            if booking.stands and resource_id in booking.times
            if booking.times[resource_id][0] < ends_at and starts_at < booking.times[resource_id][1]
        )

    def labels(self) -> Mapping[UUID, str]:
        return {booking.appointment_id: label for label, booking in self.bookings.items()}


def _instant(value: str | None, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(value) if value else otherwise
