"""Who has which lane of a resource in which slot, as read under the lock and as the batch changes it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

__all__ = ["Holding", "Holdings", "Lanes"]


class Holding(NamedTuple):
    """One lane of a resource in one slot, taken. Lanes from ``capacity`` on are named overbookings."""

    lane: int
    owner: UUID
    capacity: int
    expires_at: datetime | None

    @property
    def overbooked(self) -> bool:
        return self.lane >= self.capacity


Holdings = tuple[Holding, ...]
"""All that is taken of a resource in one slot, by lane."""


class Lanes:
    """The claims that a batch may touch: what stands in the table, and over it what the batch made of it.

    A change is tentative until the next ``settle``; ``undo`` takes back all since then.
    """

    def __init__(self) -> None:
        self.stored: dict[UUID, dict[int, Holdings]] = {}
        self.changed: dict[UUID, dict[int, Holdings]] = {}
        self._undo: list[tuple[UUID, Iterable[int], Holdings | None]] = []

    def read(self, resource_id: UUID, slot: int, holding: Holding) -> None:
        """Takes in one row of the table; a row that is known already changes nothing."""
        slots = self.stored.setdefault(resource_id, {})
        known = slots.get(slot, ())
        if holding not in known:
            slots[slot] = tuple(sorted((*known, holding)))

    def at(self, resource_id: UUID, slot: int) -> Holdings:
        """What is taken in ``slot``, as things stand in the batch."""
        changed = self.changed.get(resource_id)
        if changed is not None and slot in changed:
            return changed[slot]
        stored = self.stored.get(resource_id)
        return () if stored is None else stored.get(slot, ())

    def put(self, resource_id: UUID, slot: int, holdings: Iterable[Holding]) -> None:
        """Says what is taken in ``slot`` from now on."""
        changed = self.changed.setdefault(resource_id, {})
        self._undo.append((resource_id, (slot,), changed.get(slot)))
        changed[slot] = tuple(sorted(holdings))

    def put_first(self, resource_id: UUID, slots: range, holding: Holding) -> bool:
        """Gives ``holding`` all of ``slots`` where nothing is taken in any of them; else does nothing.

        What nearly every claim comes to, at a fraction of the price of going slot by slot.
        """
        stored, changed = self.stored.get(resource_id), self.changed.get(resource_id)
        if stored is not None and not stored.keys().isdisjoint(slots):
            return False
        if changed is None:
            changed = self.changed[resource_id] = {}
        elif not changed.keys().isdisjoint(slots):
            return False
        self._undo.append((resource_id, slots, None))
        changed.update(dict.fromkeys(slots, (holding,)))
        return True

    def slots(self, resource_id: UUID) -> set[int]:
        """The slots of a resource that something is known of."""
        return {*self.stored.get(resource_id, ()), *self.changed.get(resource_id, ())}

    def owners(self, resource_id: UUID, first_slot: int, end_slot: int) -> set[UUID]:
        """Who has a lane of a resource anywhere in [first_slot, end_slot)."""
        return {
            holding.owner
            for slot in self.slots(resource_id)
            if first_slot <= slot < end_slot
            for holding in self.at(resource_id, slot)
        }

    def expired(self, now: datetime) -> Iterator[UUID]:
        """Owners of holds that have run out at ``now``, in the table as it was read."""
        for slots in self.stored.values():
            for holdings in slots.values():
                for holding in holdings:
                    if holding.expires_at is not None and holding.expires_at <= now:
                        yield holding.owner

    def settle(self) -> None:
        """Makes the changes so far part of the batch."""
        self._undo.clear()

    def undo(self) -> None:
        """Takes back every change since the last ``settle``."""
        for resource_id, slots, before in reversed(self._undo):
            changed = self.changed[resource_id]
            for slot in slots:
                if before is None:
                    del changed[slot]
                else:
                    changed[slot] = before
        self._undo.clear()
