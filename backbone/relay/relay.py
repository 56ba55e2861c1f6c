"""The relay of one service: leads, finds out where Kafka stands, and publishes what follows, for ever."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiokafka.errors import KafkaError

from backbone.alarm import Alarm, log_alarm
from backbone.backoff import Backoff
from backbone.cloudevents.encode import StoredRow
from backbone.kafka import Kafka
from backbone.obstacles import Obstacles, needing
from backbone.relay.leader import Leader, LeadershipLost, leading
from backbone.relay.notifications import Notifications
from backbone.relay.pages import Pages
from backbone.relay.publisher import Publisher, publishing
from backbone.relay.resume import Resume, Tails, lost, resume
from backbone.relay.tail import read_tails
from backbone.service import Environment
from backbone.store.errors import StoreUnavailable
from backbone.store.unavailability import FAILING
from backbone.store.writing import NOTIFY_CHANNEL
from backbone.telemetry.relay_figures import RelayFigures
from backbone.topics import Topic

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = ["Relay", "running"]

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""How often the store is read where no notification comes: the safety net."""
PACE_SECONDS = 0.005
"""Between two transactions (docs/decisions/0007-where-the-time-goes.md)."""
NOTE_SECONDS = 1.0
"""How often the position that was reached is noted in PostgreSQL."""
SECOND_LOOK_SECONDS = 1.0
"""Before what seems to be lost is published again."""


class StoreBehindKafka(Exception):
    """The store was set back, to a backup perhaps: its new events would take positions already published."""


@dataclass(slots=True)
class Relay:
    """Publishes a service's events; several may run, one of them works.

    ``store``: its reader is enough. ``schema``: the service's, which holds the relay's table, too.
    """

    service: str
    """As in topics: ``booking``, ``patient-flow``."""
    topics: Sequence[Topic]
    store: Notifications
    database_url: str
    schema: str
    kafka: Kafka
    source: str
    alarm: Alarm = log_alarm
    figures: RelayFigures | None = None
    tracing: "Tracing | None" = None
    leads: bool = False
    position: int = 0
    """Everything up to here is on Kafka (while it leads)."""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _pages: Pages = field(init=False)
    _obstacles: Obstacles = field(init=False)

    def __post_init__(self) -> None:
        self._pages = Pages(self.store)
        needs = needing((topic.name for topic in self.topics), "Read", "Write")
        self._obstacles = Obstacles(self.name, self.kafka, needs, self.alarm)

    @classmethod
    def of(
        cls,
        environment: Environment,
        service: str,
        schema: str,
        topics: Sequence[Topic],
        store: Notifications,
    ) -> "Relay":
        """A service's relay, made of what the process hands to its services."""
        url = environment.database_url(schema)
        return cls(
            service,
            topics,
            store,
            url,
            schema,
            environment.kafka,
            environment.settings.source,
            figures=environment.metrics.relay(service),
            tracing=environment.tracing,
        )

    @property
    def name(self) -> str:
        """Names the lock, the cursor and, prefixed, the transactional id."""
        return f"almanac-relay-{self.service}-0"

    async def run(self) -> None:
        """Until cancelled. Neither PostgreSQL nor Kafka being away ends it."""
        backoff = Backoff()
        while True:
            try:
                async with leading(
                    self.database_url, self.schema, self.kafka.topic_prefix + self.name
                ) as leader:
                    await leader.listen(NOTIFY_CHANNEL, self.schema, self._wake.set)
                    await leader.during(self._lead(leader))
            except (LeadershipLost, StoreBehindKafka, StoreUnavailable, KafkaError, *FAILING) as error:
                failed, reason = error, type(error).__name__
            except Exception as error:
                # Unforeseen, a bug: it must not end the service's only way to Kafka.
                logger.exception("relay failed", extra={"relay": self.name})
                failed, reason = error, "unforeseen"
            if self.leads:
                backoff.reset()
            self.leads = False
            if self.figures is not None:
                self.figures.failed(reason)
            logger.warning("relay starts again", extra={"relay": self.name, "reason": reason})
            await backoff.pause()
            await self._obstacles.removed(failed)

    async def _lead(self, leader: Leader) -> None:
        async with publishing(self.kafka, self.name, self.source, self.tracing) as publisher:
            # Only now: an older leader's last transaction is settled, so the tails stand still.
            tails, start = await self._look(leader)
            suspect = start.kafka_lost or await anext(self._missing(tails, start), None) is not None
            if suspect:
                # A broker that has just come back may show less than it has, for a moment.
                await asyncio.sleep(SECOND_LOOK_SECONDS)
                tails, start = await self._look(leader)
            if start.after and not await self.store.notifications(start.after, 1):
                self.alarm(f"{self.name}: Kafka has events that the store has not; nothing is published")
                raise StoreBehindKafka
            if suspect:
                await self._repair(publisher, tails, start)
            self.position = start.after
            self.leads = True
            await self._publish_on(publisher, leader)

    async def _look(self, leader: Leader) -> tuple[Tails, Resume]:
        """What Kafka has, and where to go on."""
        tails = await read_tails(self.kafka, self.topics)
        return tails, resume(tails, await leader.cursor(self.name), self._obstacles.missed)

    async def _missing(self, tails: Tails, start: Resume) -> AsyncIterator[list[StoredRow]]:
        """Page by page what Kafka has lost below the highest position it still has."""
        position = start.check_from
        while position <= start.after:
            page = await self._pages.read(position)
            if not page:
                break
            position = page[-1].position + 1
            if missing := lost(page, tails, start.after):
                yield missing

    async def _repair(self, publisher: Publisher, tails: Tails, start: Resume) -> None:
        """Publishes again what Kafka has lost below the highest position it still has."""
        if start.kafka_lost:
            self.alarm(f"{self.name}: Kafka has lost events that it had; they are published again")
        found = 0
        async for missing in self._missing(tails, start):
            if not found and not start.kafka_lost:
                self.alarm(f"{self.name}: a Kafka partition has lost its end; it is published again")
            found += len(missing)
            await publisher.publish(missing)
        if found:
            logger.warning("relay repaired", extra={"relay": self.name, "events": found})

    async def _publish_on(self, publisher: Publisher, leader: Leader) -> None:
        clock = asyncio.get_running_loop().time
        noted, note_due = 0, clock() + NOTE_SECONDS
        while True:
            self._wake.clear()
            page = await self._pages.read(self.position + 1)
            if page:
                began = clock()
                await publisher.publish(page)
                self.position = page[-1].position
                self._count(page, clock() - began)
            if clock() >= note_due and noted != self.position:
                await leader.note(self.name, self.position, datetime.now(UTC))
                noted, note_due = self.position, clock() + NOTE_SECONDS
            if page:
                # Back to back, small transactions cost five times as much each as with a short pause.
                await asyncio.sleep(PACE_SECONDS)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()

    def _count(self, page: Sequence[StoredRow], seconds: float) -> None:
        self._obstacles.cleared()
        if self.figures is not None:
            delay = (datetime.now(UTC) - page[0].recorded_at).total_seconds()
            self.figures.published(len(page), seconds, delay, self.position)


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[Relay]:
    """Runs the relay beside the block; what was published is safe whenever it ends."""
    task = asyncio.create_task(relay.run(), name=relay.name)
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
