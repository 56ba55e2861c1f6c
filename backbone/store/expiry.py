"""Holds that have run out: ended, with their event, by the first batch that comes upon them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from asyncpg import Record

from backbone.events import DomainEvent
from backbone.ids import new_id_text
from backbone.store.admission import expire
from backbone.store.claiming import Place
from backbone.store.connection import Connection
from backbone.store.demand import Demand
from backbone.store.errors import StoreBroken
from backbone.store.mapper import EventMapper
from backbone.store.origin import Origin
from backbone.store.picture import Picture
from backbone.store.prepared import encode, meta_of
from backbone.store.reading import read, read_holds
from backbone.store.streams import read_streams

__all__ = ["HoldExpiry", "end_expired"]


class HoldExpiry(Protocol):
    """Provided by a service: makes the event that a hold leaves behind when it has run out."""

    def __call__(self, stream: Sequence[DomainEvent], expired_at: datetime) -> DomainEvent:
        """The next event of ``stream``, all of whose events are given. Pure: it runs under the lock."""
        ...


async def end_expired(
    connection: Connection,
    picture: Picture,
    due: Iterable[UUID],
    mapper: EventMapper,
    expiry: HoldExpiry | None,
) -> int:
    """Ends every hold in ``picture`` that has run out, and those of ``due`` that have; returns how many.

    A hold ends as a whole: the lanes that it has outside the picture are read too. They may show further
    holds that have run out, which are then ended as well.
    """
    owners = {*due, *picture.lanes.expired(picture.now)}
    seen: set[UUID] = set()
    ended = 0
    while owners := owners - seen:
        holds: dict[UUID, list[Record]] = {}
        for row in await read_holds(connection, owners):
            if row["expires_at"] <= picture.now:
                holds.setdefault(row["owner"], []).append(row)
        seen |= owners
        ended += len(holds)
        if not holds:
            break
        if expiry is None:
            raise StoreBroken("a hold has run out in a store that has no word for it")
        await _end(connection, picture, holds, mapper, expiry)
        owners = set(picture.lanes.expired(picture.now))
    return ended


async def _end(
    connection: Connection,
    picture: Picture,
    holds: dict[UUID, list[Record]],
    mapper: EventMapper,
    expiry: HoldExpiry,
) -> None:
    streams = await read_streams(connection, mapper, holds)
    demand = Demand()
    rows = {}
    for owner, lanes in holds.items():
        stream = streams[owner]
        event = expiry(stream, max(lane["expires_at"] for lane in lanes))
        if event.originator_id != owner or event.originator_version != len(stream) + 1:
            raise StoreBroken(f"{event.event_type()} does not continue the stream of its hold")
        origin = Origin("system", "hold-expiry", correlation_id=event.event_id)
        decision_id = new_id_text()
        rows[owner] = encode(event, decision_id, meta_of(origin, decision_id), mapper)
        demand.topics.add(event.kafka_topic)
        for lane in lanes:
            demand.range(lane["resource_id"], lane["slot"], lane["slot"] + 1)

    position, sequences = picture.position, dict(picture.sequences)
    await read(connection, demand, picture)
    if picture.placed:
        # What this batch has numbered already is not in the tables yet.
        picture.position = position
        picture.sequences.update(sequences)
    for owner, lanes in holds.items():
        places: list[Place] = [(lane["resource_id"], lane["slot"]) for lane in lanes]
        expire(picture, owner, places, rows[owner])
