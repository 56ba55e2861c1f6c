"""The store in this process: the decision is made, the batcher and PostgreSQL do the rest."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from backbone.clock import SystemClock
from backbone.memory import settle_memory
from backbone.store.decision import Accepted, Decision
from backbone.store.mapper import EventMapper
from backbone.store.migrating import migrate
from backbone.store.store import Store
from bench.decisions import bookings
from bench.measuring import Load, closed_loop
from services.booking.events.appointments import AppointmentBooked
from services.booking.service import BookingService

__all__ = ["book_in_process", "open_store", "submitted"]

SCHEMA = "bench_booking"


async def book_in_process(database_url: str, callers: tuple[int, ...], seconds: float) -> list[Load]:
    """Rates of one process, one store: what remains of a booking when HTTP, tokens and keys are left out."""
    async with open_store(database_url) as store:
        decisions = bookings()
        await submitted("warming up", store, decisions, 64, 1.0)
        return [await submitted("store, in process", store, decisions, number, seconds) for number in callers]


@asynccontextmanager
async def open_store(database_url: str, schema: str = SCHEMA) -> AsyncIterator[Store]:
    """Booking's store on fresh tables, in a process that is settled as a service's is."""
    await migrate(database_url, schema, BookingService.migrations)
    settle_memory()
    async with Store(database_url, schema, EventMapper([AppointmentBooked]), SystemClock()) as store:
        yield store


async def submitted(
    name: str, store: Store, decisions: Iterator[Decision], callers: int, seconds: float
) -> Load:
    """Callers who each submit the next decision as soon as their last one is durable."""

    async def submit(_caller: int) -> bool:
        return isinstance(await store.submit(next(decisions)), Accepted)

    return await closed_loop(name, callers, seconds, submit)
