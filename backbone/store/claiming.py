"""Taking, giving back and promoting lanes: pure rules over what is known of the claims."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from backbone.store.decision import Claim, Conflict, ConflictKind, Release
from backbone.store.lanes import Holding, Lanes
from backbone.store.slots import runs, slot_start

__all__ = ["Place", "change_capacity", "claim", "conflicts_of", "free", "promote", "release"]

Place = tuple[UUID, int]
"""A resource and a slot of it."""


def release(lanes: Lanes, releases: Iterable[Release]) -> list[Place]:
    """Gives back the lanes of each release's owner; what the owner doesn't have, it can't give back."""
    freed: list[Place] = []
    for given in releases:
        places = [(given.resource_id, slot) for slot in range(given.first_slot, given.end_slot)]
        freed += [place for place in places if free(lanes, given.owner, place)]
    return freed


def free(lanes: Lanes, owner: UUID, place: Place) -> bool:
    """Takes ``owner`` out of a place; whether it was there."""
    holdings = lanes.at(*place)
    rest = tuple(holding for holding in holdings if holding.owner != owner)
    if len(rest) == len(holdings):
        return False
    lanes.put(*place, rest)
    return True


def claim(lanes: Lanes, claims: Sequence[Claim]) -> list[Conflict]:
    """Takes what is free, and says what is not: all of it, in ranges, in the order of the claims."""
    taken: dict[tuple[ConflictKind, UUID], set[int]] = {}
    for wanted in claims:
        slots = range(wanted.first_slot, wanted.end_slot)
        mine = Holding(0, wanted.owner, wanted.capacity, wanted.expires_at)
        if lanes.put_first(wanted.resource_id, slots, mine):
            continue
        for slot in slots:
            if not _take(lanes, wanted, slot):
                taken.setdefault((wanted.kind, wanted.resource_id), set()).add(slot)
    return [
        conflict
        for (kind, resource_id), slots in taken.items()
        for conflict in conflicts_of(kind, resource_id, slots)
    ]


def conflicts_of(kind: ConflictKind, resource_id: UUID, slots: Iterable[int]) -> list[Conflict]:
    """Slots that are taken, as conflicts over ranges of time."""
    return [
        Conflict(kind, starts_at=slot_start(first), ends_at=slot_start(end), resource_id=resource_id)
        for first, end in runs(sorted(slots))
    ]


def _take(lanes: Lanes, wanted: Claim, slot: int) -> bool:
    holdings = lanes.at(wanted.resource_id, slot)
    if not holdings:
        lane = 0
    else:
        own = next((holding for holding in holdings if holding.owner == wanted.owner), None)
        if own is not None:
            lane = own.lane
            holdings = tuple(holding for holding in holdings if holding is not own)
        elif len(holdings) < wanted.capacity:
            lane = _lowest_free(holdings, 0)
        elif wanted.overbook:
            lane = _lowest_free(holdings, wanted.capacity)
        else:
            return False
    mine = Holding(lane, wanted.owner, wanted.capacity, wanted.expires_at)
    lanes.put(wanted.resource_id, slot, (*holdings, mine))
    return True


def _lowest_free(holdings: Iterable[Holding], start: int) -> int:
    used = {holding.lane for holding in holdings}
    lane = start
    while lane in used:
        lane += 1
    return lane


def promote(lanes: Lanes, freed: Iterable[Place]) -> None:
    """Where a normal lane became free below an overbooking, the overbooking moves down into it."""
    for place in freed:
        holdings = lanes.at(*place)
        for holding in holdings:
            if not holding.overbooked:
                continue
            others = [other for other in lanes.at(*place) if other.owner != holding.owner]
            lane = _lowest_free(others, 0)
            if lane < holding.capacity:
                lanes.put(*place, (*others, holding._replace(lane=lane)))


def change_capacity(lanes: Lanes, resource_id: UUID, capacity: int, first_slot: int) -> list[Place]:
    """Counts what is claimed from ``first_slot`` on against another capacity; gives the places concerned."""
    places: list[Place] = []
    for slot in lanes.slots(resource_id):
        holdings = lanes.at(resource_id, slot)
        if slot >= first_slot and holdings:
            lanes.put(resource_id, slot, [holding._replace(capacity=capacity) for holding in holdings])
            places.append((resource_id, slot))
    return places
