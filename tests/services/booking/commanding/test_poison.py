"""What is no command becomes a dead letter, with the reason; what comes behind it is carried out."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from backbone.clock import SystemClock
from backbone.commanding.command import MAX_BODY_BYTES
from backbone.commanding.keys import CommandKeys
from backbone.commanding.letters import list_command_letters, send_again
from backbone.commanding.systems import SCHEMA, withdraw_system
from backbone.privacy.keyring import KeyRing
from backbone.topics import Topic, ensure_topics
from tests.services.booking.commanding.commanded import Commanded
from tests.services.booking.serving import ROOT
from tests.support.other_system import open_system, registered
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = b"one-key"
"""All in one partition, so that each stands before the next."""


async def goes_on(house: Commanded) -> None:
    """The next command of the same partition is answered."""
    assert await house.lab.refused("ConfirmAppointment", {}, subject=KEY.decode()) == "invalid"


def headers(id: str, **changes: bytes | None) -> list[tuple[str, bytes]]:
    every: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": id.encode(),
        "ce_source": b"urn:example:lab",
        "ce_type": b"almanac.commands.BookAppointment.v1",
        "x-marker": id.encode(),
    }
    return [(name, value) for name, value in (every | changes).items() if value is not None]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ce_specversion": None}, "ce_specversion is not 1.0"),
        ({"ce_specversion": b"0.3"}, "ce_specversion is not 1.0"),
        ({"ce_id": None}, "ce_id is missing"),
        ({"ce_source": None}, "ce_source is missing"),
        ({"ce_type": None}, "ce_type is missing"),
        ({"ce_id": b""}, "ce_id is not 1 to 255 printable characters"),
        ({"ce_id": b"x" * 256}, "ce_id is not 1 to 255 printable characters"),
        ({"ce_source": b"a\0b"}, "ce_source is not 1 to 255 printable characters"),
        ({"ce_source": b"\xff\xfe"}, "a header is not of its type"),
        ({"content-type": b"\xff"}, "a header is not ASCII"),
        ({"ce_time": b"noon"}, "a header is not of its type"),
        ({"ce_expirytime": b"soon"}, "ce_expirytime is not a time"),
        ({"ce_expirytime": b"2030-01-01T00:00:00"}, "ce_expirytime has no offset"),
        ({"ce_expectedversion": b"-1"}, "ce_expectedversion is not a number"),
    ],
)
async def test_no_cloudevent(house: Commanded, changes: dict[str, bytes | None], reason: str) -> None:
    marker = secrets.token_hex(8)
    await house.lab.send_raw(b"{}", headers(marker, **changes), KEY)
    told = await house.lab.letter(marker)
    assert told["dead-letter-error"] == f"not a CloudEvent in binary mode: {reason}"
    assert (told["dead-letter-topic"], told["dead-letter-cause"]) == ("almanac.commands.lab", "poison")
    assert told["dead-letter-consumer"] == "booking.commands"
    await goes_on(house)
    assert marker not in house.lab.answers


async def test_a_record_without_anything(house: Commanded) -> None:
    before = len(house.lab.letters)
    await house.lab.send_raw(None, [], KEY)
    await eventually(lambda: len(house.lab.letters) > before)
    await goes_on(house)


@pytest.mark.parametrize(
    ("value", "changes", "problem"),
    [
        (b"not json", {}, "malformed"),
        (b'{"a": 1', {}, "malformed"),
        (b"\xff\xfe{}", {}, "malformed"),
        (b'{"a": NaN}', {}, "malformed"),
        (b"[" * 5_000, {}, "malformed"),
        (b"<xml/>", {"content-type": b"application/xml"}, "unsupported-media-type"),
        (b"{}", {"ce_type": b"almanac.commands.Dance.v1"}, "unknown-command"),
        (b"{}", {"ce_type": b"almanac.commands.BookAppointment.v2"}, "unknown-command"),
        (b"{}", {"ce_type": b"almanac.booking.AppointmentBooked.v1"}, "unknown-command"),
        (b'"' + b"x" * MAX_BODY_BYTES + b'"', {}, "too-large"),
    ],
)
async def test_a_cloudevent_that_cannot_be_looked_at_is_answered_too(
    house: Commanded, value: bytes, changes: dict[str, bytes | None], problem: str
) -> None:
    id = secrets.token_hex(8)
    await house.lab.send_raw(value, headers(id, **changes), KEY)
    assert (await house.lab.letter(id))["dead-letter-error"] == problem
    told = await house.lab.answered(id)
    assert (told.accepted, told.body["type"]) == (False, f"/problems/{problem}")
    await goes_on(house)
    assert len(house.lab.answers[id]) == 1


async def test_its_value_is_kept_as_ciphertext(house: Commanded) -> None:
    marker = secrets.token_hex(8)
    await house.lab.send_raw(b"Ann Alba, 1970", headers(marker), KEY)
    await house.lab.letter(marker)
    (letter,) = [x for x in house.lab.letters if ("x-marker", marker.encode()) in x.headers]
    assert letter.value is not None
    assert b"Alba" not in letter.value
    assert CommandKeys(KeyRing(ROOT), SystemClock()).open(letter.value.decode()) == "Ann Alba, 1970"


async def test_headers_without_end(house: Commanded) -> None:
    before = len(house.lab.letters)
    await house.lab.send_raw(b"{}", [("x", b"y" * 500_000)], KEY)
    await eventually(lambda: len(house.lab.letters) > before)
    await goes_on(house)


async def test_a_system_that_nobody_registered(house: Commanded) -> None:
    kafka = house.front.environment.kafka
    async with open_system(kafka, "stranger", house.commanding) as stranger:
        id = await stranger.send("BookAppointment", house.wanted("09:00"), marker="m1")
        told = await stranger.letter("m1")
        assert told["dead-letter-error"] == "the topic's system is not registered"
        await goes_on(house)
        assert id not in stranger.answers
        # From its registration on it is heard; what it had sent before, when somebody says so.
        await registered(house.database, "stranger", "scheduler")
        (letter,) = [each for each in await list_command_letters(kafka) if each.system == "stranger"]
        assert (letter.ce_id, letter.error) == (id, "the topic's system is not registered")
        assert await send_again(kafka, [letter]) == 1
        assert (await stranger.answered(id)).accepted
        assert await send_again(kafka, [replace(letter, record_offset=99)]) == 0
        await stranger.accepted("BookAppointment", house.wanted("09:30"))
        connection = await asyncpg.connect(house.database, server_settings={"search_path": SCHEMA})
        assert await withdraw_system(connection, "stranger", now=datetime.now(UTC), by="a test")
        await connection.close()
        await stranger.send("BookAppointment", house.wanted("10:00"), marker="m2")
        await stranger.letter("m2")


async def test_a_topic_without_a_place_for_dead_letters_gets_one(house: Commanded) -> None:
    kafka = house.front.environment.kafka
    await ensure_topics(kafka, [Topic("almanac.commands.nobody", 1)])
    topic = f"{kafka.topic_prefix}almanac.commands.nobody"
    await house.lab.producer.send_and_wait(topic, b"{}", key=b"k")
    consumer = AIOKafkaConsumer(**kafka.options(), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:

        async def there() -> bool:
            return f"{topic}.dead-letter" in await consumer.topics()

        await eventually(there, within=15)
        consumer.assign([TopicPartition(f"{topic}.dead-letter", n) for n in range(12)])
        record = await consumer.getone()
        assert record.key == b"k"
    finally:
        await consumer.stop()
