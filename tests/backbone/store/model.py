"""What the store promises, said the slow and simple way: one decision after the other, slot by slot."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backbone.store.decision import Claim, Conflict, Decision
from backbone.store.slots import slot_start

__all__ = ["Lane", "Model", "Violation"]


class Violation(AssertionError):
    """The store accepted what it must not."""


@dataclass(slots=True)
class Lane:
    """One lane of a slot, taken."""

    owner: UUID
    lane: int
    capacity: int
    expires_at: datetime | None


@dataclass(slots=True)
class Model:
    """The state after some decisions."""

    versions: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    taken: dict[tuple[UUID, int], list[Lane]] = field(default_factory=lambda: defaultdict(list))

    def is_stale(self, decision: Decision) -> bool:
        """Whether something that the decision was made on is otherwise."""
        expected: dict[UUID, int] = {}
        for event in decision.events:
            expected.setdefault(event.originator_id, event.originator_version - 1)
        moved = any(self.versions[stream] != version for stream, version in expected.items())
        moved |= any(self.versions[stream] != version for stream, version in decision.reads.items())
        for guard in decision.occupied:
            owners = {
                lane.owner
                for slot in range(guard.first_slot, guard.end_slot)
                for lane in self.taken.get((guard.resource_id, slot), ())
            }
            moved |= owners != guard.owners
        return moved

    def conflicts(self, decision: Decision) -> set[Conflict]:
        """Every 5-minute slot that a claim of the decision can't have."""
        given_back = {
            (given.owner, given.resource_id, slot)
            for given in decision.releases
            for slot in range(given.first_slot, given.end_slot)
        }
        return {
            Conflict(claim.kind, slot_start(slot), slot_start(slot + 1), claim.resource_id)
            for claim in decision.claims
            for slot in range(claim.first_slot, claim.end_slot)
            if not self._fits(claim, slot, given_back)
        }

    def _fits(self, claim: Claim, slot: int, given_back: set[tuple[UUID, UUID, int]]) -> bool:
        others = [
            lane
            for lane in self.taken.get((claim.resource_id, slot), ())
            if lane.owner != claim.owner and (lane.owner, claim.resource_id, slot) not in given_back
        ]
        mine = any(lane.owner == claim.owner for lane in self.taken.get((claim.resource_id, slot), ()))
        kept = mine and (claim.owner, claim.resource_id, slot) not in given_back
        return kept or claim.overbook or len(others) < claim.capacity

    def accept(self, decision: Decision) -> None:
        """The decision was committed next: is that right, and what is the state after it?"""
        if self.is_stale(decision):
            raise Violation("accepted on what had moved")
        if self.conflicts(decision):
            raise Violation("accepted over another's time")
        for event in decision.events:
            self.versions[event.originator_id] = event.originator_version
        freed = []
        for given in decision.releases:
            for slot in range(given.first_slot, given.end_slot):
                freed += self._free(given.owner, given.resource_id, slot)
        for claim in decision.claims:
            for slot in range(claim.first_slot, claim.end_slot):
                self._take(claim, slot)
        for place in freed:
            self._close_ranks(place)

    def expire(self, owner: UUID, version: int, at: datetime) -> None:
        """The owner's hold was ended next."""
        if self.versions[owner] != version - 1:
            raise Violation("a hold's end does not continue its stream")
        self.versions[owner] = version
        freed = []
        for resource_id, slot in list(self.taken):
            for lane in self.taken[resource_id, slot]:
                if lane.owner == owner and (lane.expires_at is None or lane.expires_at > at):
                    raise Violation("what had not expired was ended")
            freed += self._free(owner, resource_id, slot)
        if not freed:
            raise Violation("a hold was ended that had nothing")
        for place in freed:
            self._close_ranks(place)

    def _free(self, owner: UUID, resource_id: UUID, slot: int) -> list[tuple[UUID, int]]:
        lanes = self.taken.get((resource_id, slot), [])
        rest = [lane for lane in lanes if lane.owner != owner]
        if len(rest) == len(lanes):
            return []
        self.taken[resource_id, slot] = rest
        return [(resource_id, slot)]

    def _take(self, claim: Claim, slot: int) -> None:
        lanes = self.taken[claim.resource_id, slot]
        for lane in lanes:
            if lane.owner == claim.owner:
                lane.expires_at = claim.expires_at
                return
        used = {lane.lane for lane in lanes}
        start = 0 if len(lanes) < claim.capacity else claim.capacity
        number = next(number for number in range(start, 1000) if number not in used)
        lanes.append(Lane(claim.owner, number, claim.capacity, claim.expires_at))

    def _close_ranks(self, place: tuple[UUID, int]) -> None:
        lanes = self.taken[place]
        for lane in sorted(lanes, key=lambda lane: lane.lane):
            free = next(n for n in range(1000) if n not in {other.lane for other in lanes})
            if lane.lane >= lane.capacity > free:
                lane.lane = free

    def rows(self) -> set[tuple[UUID, int, int, UUID, int, datetime | None]]:
        """The claims table as it must be."""
        return {
            (resource_id, slot, lane.lane, lane.owner, lane.capacity, lane.expires_at)
            for (resource_id, slot), lanes in self.taken.items()
            for lane in lanes
        }

    def busy(self) -> set[tuple[UUID, int]]:
        """The slots without a normal lane left."""
        return {place for place, lanes in self.taken.items() if lanes and len(lanes) >= lanes[0].capacity}
