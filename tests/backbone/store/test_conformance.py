"""The same cases against the eventsourcing library's recorders and ours; and the library reads our table."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from eventsourcing.application import LocalNotificationLog
from eventsourcing.persistence import EventStore, IntegrityError
from eventsourcing.postgres import PostgresApplicationRecorder

from backbone.ids import new_id
from backbone.store.store import Store
from tests.backbone.store.clinic import (
    ORIGIN,
    SCHEMA,
    Booked,
    Cancelled,
    Moved,
    clinic_mapper,
    clinic_store,
    migrated,
)
from tests.backbone.store.decisions import NOW, book
from tests.backbone.store.recorder_of_ours import AsyncRecorder
from tests.backbone.store.recorders import Case, OurCase, datastore, memory_case, postgres_case

BOOKED, MOVED = "almanac.clinic.Booked.v1", "almanac.clinic.Moved.v1"


@pytest.fixture(params=["library in memory", "library on PostgreSQL", "ours"])
async def case(request: pytest.FixtureRequest, database: str) -> AsyncIterator[Case]:
    if request.param == "library in memory":
        yield memory_case()
    elif request.param == "library on PostgreSQL":
        with datastore(database, "public") as library:
            yield postgres_case(library)
    else:
        await migrated(database)
        async with clinic_store(database) as store:
            yield OurCase(AsyncRecorder(store))


def booked(stream: UUID, version: int = 1, note: str = "") -> Booked:
    return Booked(originator_id=stream, originator_version=version, timestamp=NOW, note=note)


def moved(stream: UUID, version: int) -> Moved:
    return Moved(originator_id=stream, originator_version=version, timestamp=NOW)


async def test_an_empty_store(case: Case) -> None:
    assert await case.events(new_id()) == []
    assert await case.notifications(None, 10) == []
    assert await case.last() is None


async def test_what_was_put_comes_back_in_order_and_byte_by_byte(case: Case) -> None:
    mapper = clinic_mapper()
    one, two = new_id(), new_id()
    events = [booked(one, note="Zoë Ångström 漢字"), booked(two), moved(one, 2), moved(one, 3)]
    await case.put(events[:2])
    await case.put(events[2:])
    stored = [mapper.to_stored_event(event) for event in events]
    assert await case.events(one) == [stored[0], stored[2], stored[3]]
    assert [mapper.to_domain_event(event) for event in await case.events(two)] == [events[1]]
    everything = await case.notifications(None, 10)
    assert [note.id for note in everything] == [1, 2, 3, 4]
    assert [(note.topic, note.state) for note in everything] == [(s.topic, s.state) for s in stored]
    assert await case.last() == 4


async def test_parts_of_a_stream(case: Case) -> None:
    stream = new_id()
    await case.put([booked(stream), *(moved(stream, version) for version in range(2, 7))])

    async def versions(**limits: object) -> list[int]:
        return [event.originator_version for event in await case.events(stream, **limits)]

    assert await versions(gt=2) == [3, 4, 5, 6]
    assert await versions(lte=2) == [1, 2]
    assert await versions(gt=1, lte=4) == [2, 3, 4]
    assert await versions(desc=True) == [6, 5, 4, 3, 2, 1]
    assert await versions(desc=True, limit=2) == [6, 5]
    assert await versions(gt=1, lte=5, desc=True, limit=1) == [5]
    assert await versions(limit=3) == [1, 2, 3]
    assert await versions(gt=6) == []


async def test_parts_of_the_whole(case: Case) -> None:
    stream = new_id()
    await case.put([booked(stream), *(moved(stream, version) for version in range(2, 7))])

    async def positions(start: int | None, limit: int, **limits: object) -> list[int]:
        return [note.id for note in await case.notifications(start, limit, **limits)]

    assert await positions(1, 3) == [1, 2, 3]
    assert await positions(None, 3) == [1, 2, 3]
    assert await positions(4, 10) == [4, 5, 6]
    assert await positions(4, 10, inclusive_of_start=False) == [5, 6]
    assert await positions(2, 10, stop=4) == [2, 3, 4]
    assert await positions(1, 10, topics=[BOOKED]) == [1]
    assert await positions(1, 2, topics=[MOVED]) == [2, 3]
    assert await positions(7, 10) == []


async def test_a_version_is_taken_once_and_nothing_of_a_refused_put_stays(case: Case) -> None:
    one, two = new_id(), new_id()
    await case.put([booked(one)])
    with pytest.raises(IntegrityError):
        await case.put([booked(two), booked(one, note="again")])
    assert await case.events(two) == []
    assert await case.last() == 1
    await case.put([booked(two), moved(one, 2)])
    notes = await case.notifications(1, 10)
    assert [(note.originator_id, note.originator_version) for note in notes] == [(one, 1), (two, 1), (one, 2)]
    # The library's database sequence leaves a gap here; ours has none, which the model test holds us to.
    assert [note.id for note in notes] == sorted({note.id for note in notes})


async def test_the_library_reads_our_table(clinic: str, store: Store) -> None:
    stream = new_id()
    await store.submit(book(new_id(), owner=stream))
    recorder_of_ours = AsyncRecorder(store)
    with datastore(clinic, SCHEMA) as library:
        recorder = PostgresApplicationRecorder(library)
        events = EventStore(clinic_mapper(), recorder)
        assert list(events.get(stream)) == await store.load(stream)
        assert recorder.max_notification_id() == 1
        with recorder.subscribe(gt=0) as subscription:
            assert next(subscription).originator_id == stream
            cancelled = Cancelled(originator_id=stream, originator_version=2, timestamp=NOW)
            await recorder_of_ours.put([cancelled], ORIGIN)
            assert (await asyncio.to_thread(next, subscription)).originator_version == 2
        assert recorder.select_notifications(1, 10) == await recorder_of_ours.select_notifications(1, 10)
        section = LocalNotificationLog(recorder, section_size=10)["1,10"]
        assert [item.id for item in section.items] == [1, 2]
