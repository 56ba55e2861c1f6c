"""Three stores behind one face: the library's in memory, the library's on PostgreSQL, and ours."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eventsourcing.persistence import EventStore, Notification, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

from backbone.events import DomainEvent
from tests.backbone.store.clinic import ORIGIN, clinic_mapper
from tests.backbone.store.recorder_of_ours import AsyncRecorder

__all__ = ["Case", "LibraryCase", "OurCase", "datastore", "memory_case", "postgres_case"]


class Case(Protocol):
    """What the conformance suite needs of a store."""

    async def put(self, events: Sequence[DomainEvent]) -> None: ...
    async def events(self, stream_id: UUID, **limits: Any) -> Sequence[StoredEvent]: ...
    async def notifications(self, start: int | None, limit: int, **limits: Any) -> Sequence[Notification]: ...
    async def last(self) -> int | None: ...


class OurCase:
    """Ours."""

    def __init__(self, recorder: AsyncRecorder) -> None:
        self._recorder = recorder

    async def put(self, events: Sequence[DomainEvent]) -> None:
        await self._recorder.put(events, ORIGIN)

    async def events(self, stream_id: UUID, **limits: Any) -> Sequence[StoredEvent]:
        return await self._recorder.select_events(stream_id, **limits)

    async def notifications(self, start: int | None, limit: int, **limits: Any) -> Sequence[Notification]:
        return await self._recorder.select_notifications(start, limit, **limits)

    async def last(self) -> int | None:
        return await self._recorder.max_notification_id()


class LibraryCase:
    """A recorder of the library, with our mapper."""

    def __init__(self, recorder: POPOApplicationRecorder | PostgresApplicationRecorder) -> None:
        self._recorder = recorder
        self._store = EventStore(clinic_mapper(), recorder)

    async def put(self, events: Sequence[DomainEvent]) -> None:
        await asyncio.to_thread(self._store.put, events)

    async def events(self, stream_id: UUID, **limits: Any) -> Sequence[StoredEvent]:
        return await asyncio.to_thread(lambda: self._recorder.select_events(stream_id, **limits))

    async def notifications(self, start: int | None, limit: int, **limits: Any) -> Sequence[Notification]:
        return await asyncio.to_thread(lambda: self._recorder.select_notifications(start, limit, **limits))

    async def last(self) -> int | None:
        return await asyncio.to_thread(self._recorder.max_notification_id)


def memory_case() -> LibraryCase:
    """The library's in-memory recorder."""
    return LibraryCase(POPOApplicationRecorder())


def datastore(database: str, schema: str) -> PostgresDatastore:
    """The library's way to a database."""
    url = urlsplit(database)
    return PostgresDatastore(
        dbname=url.path.lstrip("/"),
        host=url.hostname or "",
        port=str(url.port),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        pool_size=3,
        schema=schema,
        originator_id_type="uuid",
    )


def postgres_case(store: PostgresDatastore) -> LibraryCase:
    """The library's PostgreSQL recorder on a table of its own making."""
    recorder = PostgresApplicationRecorder(store)
    recorder.create_table()
    return LibraryCase(recorder)
