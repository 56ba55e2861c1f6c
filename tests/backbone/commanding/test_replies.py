"""What goes out in reply, as far as it depends on nothing but the command and its outcome."""

import json
from datetime import UTC, datetime
from uuid import UUID

from backbone.clock import SystemClock
from backbone.commanding.command import Command, read_command
from backbone.commanding.keys import CommandKeys
from backbone.commanding.naming import REFUSED
from backbone.commanding.replies import Reply, answer_to
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from tests.backbone.commanding.test_batching import LAB, TOPIC, Raw

KAFKA_TAKES = 1_048_576
NOW = datetime(2030, 1, 1, tzinfo=UTC)
LONGEST = {
    "kind": "daily-limit",
    "resource_id": str(UUID(int=2**128 - 1)),
    "starts_at": "2030-03-11T13:00:00Z",
    "ends_at": "2030-03-11T13:30:00Z",
}


def command() -> Command:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "i" * 255,
        "ce_source": "s" * 255,
        "ce_type": "almanac.commands.RescheduleAppointments.v1",
    }
    raw = Raw(0, headers=tuple((name, value.encode()) for name, value in headers.items()), topic=TOPIC)
    return read_command(raw, "t.", LAB)


def refused(conflicts: int) -> Reply:
    asked, keys = command(), CommandKeys(KeyRing(RootKey(bytes(range(32)))), SystemClock())
    body = {"type": "/problems/slot-taken", "status": 409, "conflicts": [LONGEST] * conflicts}
    return answer_to(asked, asked.call(keys), REFUSED, body, NOW, "https://almanac.example/booking")


def test_an_answer_with_ever_so_many_conflicts_is_one_that_kafka_takes() -> None:
    """Fifty visits of half a day, each with twenty resources, may meet seventy thousand."""
    reply = refused(72_000)
    assert reply.value is not None
    headers = sum(len(name) + len(value) for name, value in reply.headers)
    assert len(reply.value) + headers < KAFKA_TAKES * 9 // 10
    told = json.loads(reply.value)
    assert len(told["conflicts"]) + told["conflicts_left_out"] == 72_000


def test_all_conflicts_are_listed_where_they_fit() -> None:
    reply = refused(5_000)
    assert reply.value is not None
    told = json.loads(reply.value)
    assert (len(told["conflicts"]), "conflicts_left_out" in told) == (5_000, False)
