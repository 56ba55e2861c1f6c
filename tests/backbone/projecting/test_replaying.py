"""What a rebuild reads ahead while something goes wrong."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from backbone.projecting import replaying
from tests.support.waiting import eventually

PLACE = TopicPartition("stays", 0)


class Tape:
    """A partition whose records are their offsets, read one by one; wound back once, as after a failure."""

    def __init__(self, wound_back_at: int) -> None:
        self.seeks = 0
        self.engine = SimpleNamespace(batch_records=4, kafka=SimpleNamespace(topic_prefix=""))
        self.taken: list[int] = []
        self._next = 0
        self._wound_back_at = wound_back_at

    async def position(self, _: TopicPartition) -> int:
        return self._next

    async def getmany(self, *_: TopicPartition, **__: Any) -> dict[TopicPartition, list[int]]:
        if self._next == self._wound_back_at and not self.seeks:
            self.seeks, self._next = 1, 0
        self._next += 1
        return {PLACE: [self._next - 1]}

    async def take(self, records: list[int], seeks: int) -> None:
        if seeks == self.seeks:
            self.taken += records


@pytest.mark.parametrize("wound_back_at", [0, 1, 2, 3])
async def test_nothing_is_left_out_where_it_is_sent_back_between_two_polls(
    monkeypatch: pytest.MonkeyPatch, wound_back_at: int
) -> None:
    monkeypatch.setattr(replaying, "delivered", lambda records, _: records)
    tape = cast(Any, Tape(wound_back_at))
    assert await replaying.Reader(tape, tape, cast(Any, None)).batch([PLACE], 9)
    await eventually(lambda: tape.taken)
    assert tape.taken == [0, 1, 2, 3]
