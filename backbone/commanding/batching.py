"""One batch of records: those of different keys side by side, those of one key in their order."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from backbone.cloudevents.decode import RawRecord
from backbone.commanding.executing import Executor
from backbone.commanding.naming import system_of
from backbone.commanding.publishing import Publisher
from backbone.commanding.register import Register
from backbone.commanding.retrying import TryAgain
from backbone.commanding.systems import System

__all__ = ["Done", "Worker"]

TRIES = 3
"""How often a record is tried that fails by a mistake of ours, before it is set aside."""


@dataclass(frozen=True, slots=True)
class Done:
    """``offsets``: up to where each partition is done. ``again``: where to go on reading, if not there."""

    offsets: Mapping[TopicPartition, int]
    again: Mapping[TopicPartition, int]
    reason: str = ""
    """Why something must be read again."""


class Worker:
    """One member of a service's group of command consumers."""

    def __init__(self, executor: Executor, register: Register, publisher: Publisher) -> None:
        self._executor = executor
        self._register = register
        self._publisher = publisher
        self._failures: dict[tuple[str, int, int], int] = {}

    async def work(self, records: Sequence[RawRecord]) -> Done:
        """Each record's outcome is stored and its replies are published, or it is to be read again."""
        try:
            systems = await self._register.find({self._system(raw) for raw in records})
        except TryAgain as error:
            return _done(
                records, {(raw.topic, raw.partition): raw.offset for raw in reversed(records)}, str(error)
            )
        chains: dict[tuple[str, int, bytes | None], list[RawRecord]] = defaultdict(list)
        for raw in records:
            chains[raw.topic, raw.partition, raw.key].append(raw)
        stops = await asyncio.gather(*(self._chain(chain, systems) for chain in chains.values()))
        first: dict[tuple[str, int], int] = {}
        reasons = []
        for stop in stops:
            if stop is not None:
                raw, reason = stop
                place = (raw.topic, raw.partition)
                first[place] = min(raw.offset, first.get(place, raw.offset))
                reasons.append(reason)
        return _done(records, first, reasons[0] if reasons else "")

    async def _chain(
        self, chain: Sequence[RawRecord], systems: Mapping[str, System]
    ) -> tuple[RawRecord, str] | None:
        """Works through records of one key; gives the one that must be read again, and why."""
        for raw in chain:
            try:
                await self._one(raw, systems.get(self._system(raw)))
            except Exception as error:
                return raw, str(error) if isinstance(error, TryAgain) else type(error).__name__
        return None

    async def _one(self, raw: RawRecord, system: System | None) -> None:
        place = (raw.topic, raw.partition, raw.offset)
        tries = self._failures.get(place, 0)
        try:
            replies = await self._executor.execute(raw, system, last_try=tries + 1 >= TRIES)
        except TryAgain:
            raise
        except Exception:
            self._failures[place] = tries + 1
            raise
        self._failures.pop(place, None)
        await self._publisher.publish(replies)

    def _system(self, raw: RawRecord) -> str:
        return system_of(raw.topic.removeprefix(self._executor.topic_prefix))


def _done(records: Sequence[RawRecord], first: Mapping[tuple[str, int], int], reason: str) -> Done:
    offsets: dict[TopicPartition, int] = {}
    for raw in records:
        place = (raw.topic, raw.partition)
        offsets[TopicPartition(*place)] = first.get(place, raw.offset + 1)
    return Done(offsets, {TopicPartition(*place): offset for place, offset in first.items()}, reason)
