"""A store in memory: the real admission of decisions, without the disk."""

from datetime import datetime
from uuid import UUID

from backbone.events import DomainEvent
from backbone.store.admission import admit, expire
from backbone.store.claiming import Place
from backbone.store.decision import Accepted, Decision, Outcome
from backbone.store.lanes import Holdings
from backbone.store.mapper import EventMapper
from backbone.store.origin import Origin
from backbone.store.picture import Picture
from backbone.store.prepared import encode, meta_of, prepare
from services.booking.appointments.holding import hold_expired
from services.booking.events import EVENTS
from tests.services.booking.clinic import Clinic, fold

__all__ = ["MemoryStore"]


class MemoryStore:
    """Everything since the beginning, and who has which lane."""

    def __init__(self, events: list[DomainEvent], now: datetime) -> None:
        self._mapper = EventMapper(EVENTS)
        self._picture = Picture(now)
        self.events: list[DomainEvent] = []
        self._clinic = Clinic()
        self._folded = 0
        origin = Origin("user", "beginning", "test")
        for event in events:
            assert isinstance(self._admit(Decision(origin, (event,))), Accepted)

    @property
    def clinic(self) -> Clinic:
        """What is known by now."""
        if self._folded < len(self.events):
            self._clinic, self._folded = fold(self.events), len(self.events)
        return self._clinic

    def submit(self, decision: Decision, now: datetime) -> Outcome:
        """Ends what has run out, then admits the decision, as a batch of one would."""
        self.run_out(now)
        return self._admit(decision)

    def run_out(self, now: datetime) -> None:
        """Ends the holds that have run out."""
        self._picture.now = now
        held: dict[UUID, tuple[list[Place], datetime]] = {}
        for resource_id, slots in self._picture.lanes.changed.items():
            for slot, holdings in slots.items():
                for holding in holdings:
                    if holding.expires_at is not None and holding.expires_at <= now:
                        places, _ = held.setdefault(holding.owner, ([], holding.expires_at))
                        places.append((resource_id, slot))
        for owner, (places, at) in held.items():
            appointment = self.clinic.appointments[owner]
            event = hold_expired(appointment, at)
            meta = meta_of(Origin("system", "hold-expiry", "test"), "expiry")
            row = encode(event, "expiry", meta, self._mapper)
            expire(self._picture, appointment.appointment_id, places, row)
            self.events.append(event)

    def taken(self) -> dict[Place, Holdings]:
        """Who has what, by resource and slot."""
        return {
            (resource_id, slot): holdings
            for resource_id, slots in self._picture.lanes.changed.items()
            for slot, holdings in slots.items()
            if holdings
        }

    def _admit(self, decision: Decision) -> Outcome:
        outcome = admit(self._picture, prepare(decision, self._mapper))
        if isinstance(outcome, Accepted):
            self.events += [self._read_back(event) for event in decision.events]
        return outcome

    def _read_back(self, event: DomainEvent) -> DomainEvent:
        """As its readers get it, checked field by field; decisions put events together unchecked."""
        state = self._mapper.state_of(event)
        known = self._mapper.decode(event.event_type(), event.originator_id, event.originator_version, state)
        assert known == event
        return known
