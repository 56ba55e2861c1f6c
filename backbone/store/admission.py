"""First come, first served: one decision after the other against what the ones before it left. Pure."""

from collections.abc import Iterable
from uuid import UUID

from backbone.store.claiming import Place, change_capacity, claim, free, promote, release
from backbone.store.decision import Accepted, IdempotencyKey, Mark, Outcome, Refusal, Refused, Stale
from backbone.store.picture import Kept, Picture
from backbone.store.prepared import EventRow, Prepared
from backbone.store.slots import slot_at

__all__ = ["KEY_REUSED", "SLOT_TAKEN", "admit", "expire"]

KEY_REUSED = Refusal(
    "idempotency-key-reused",
    "This key was used for another request, or by a token with other rights: choose a new one.",
)
SLOT_TAKEN = Refusal("slot-taken", "Something that this needs is not free; see the conflicts.")


def admit(picture: Picture, item: Prepared) -> Outcome:
    """Accepts or refuses one decision and, if accepted, makes it part of the batch.

    In this order: an answer that is kept under the key; what was read and has moved; objections and lanes
    that are taken, all of them; then its events get their positions.
    """
    decision = item.decision
    key = decision.key
    if key is not None:
        kept = picture.keys.get((key.scope, key.key))
        if kept is not None:
            return _repeat(kept, key)
    stale = _moved(picture, item)
    if stale is not None:
        return stale

    lanes = picture.lanes
    freed = release(lanes, decision.releases)
    conflicts = (*decision.conflicts, *claim(lanes, decision.claims))
    refusal = decision.refusal or (SLOT_TAKEN if conflicts else None)
    if refusal is not None:
        lanes.undo()
        refused = Refused(refusal, conflicts)
        if key is not None:
            picture.keep(key, refused, "")
        return refused

    for resource_id, capacity in decision.capacities.items():
        freed += change_capacity(lanes, resource_id, capacity, slot_at(picture.now))
    promote(lanes, freed)
    lanes.settle()
    marks: dict[UUID, Mark] = {}
    for row in item.events:
        marks[row.stream_id] = picture.place(row)
    accepted = Accepted(decision.answer, _version(item), picture.position, tuple(marks.values()))
    if key is not None:
        picture.keep(key, accepted, item.answer)
    return accepted


def expire(picture: Picture, owner: UUID, places: Iterable[Place], expired: EventRow) -> None:
    """Ends a hold that has run out: its event becomes part of the batch, its lanes are free."""
    freed = [place for place in places if free(picture.lanes, owner, place)]
    promote(picture.lanes, freed)
    picture.lanes.settle()
    picture.place(expired)


def _version(item: Prepared) -> int:
    if item.events:
        return item.last[item.events[0].stream_id]
    return next(iter(item.decision.reads.values()), 0)


def _repeat(kept: Kept, key: IdempotencyKey) -> Outcome:
    if kept.fingerprint != key.fingerprint:
        return Refused(KEY_REUSED)
    return kept.outcome._replace(repeated=True)


def _moved(picture: Picture, item: Prepared) -> Stale | None:
    heads = picture.heads
    moved = [stream for stream, version in item.first.items() if heads.get(stream, 0) != version - 1]
    moved += [stream for stream, version in item.decision.reads.items() if heads.get(stream, 0) != version]
    if moved:
        return Stale(tuple(dict.fromkeys(moved)))
    for guard in item.decision.occupied:
        if picture.lanes.owners(guard.resource_id, guard.first_slot, guard.end_slot) != guard.owners:
            return Stale()
    return None
