"""What lies sealed on a dead-letter topic is opened by who holds the key, and by nobody else."""

import json
from pathlib import Path

from aiokafka import AIOKafkaProducer

import backbone.privacy
from backbone.commanding.naming import topics_of_system
from backbone.kafka import Kafka
from backbone.privacy.keyfile import RootKey
from backbone.privacy.letters import LetterSeal
from backbone.store.migrating import migrate
from tests.cli.test_commands import almanac, said
from tests.support.on_kafka import create_topics, read_topics

VAULT = Path(backbone.privacy.__file__).parent / "migrations"
VALUE = b'{"visit_type": "check-up"}'


def test_a_sealed_letter_is_printed_as_it_was(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(LetterSeal(RootKey.load_or_create(tmp_path / "key")).seal(VALUE) + b"\n")
    answer = almanac("dead-letter", "open", str(letter), "--data", str(tmp_path))
    assert (answer.returncode, answer.stdout.encode(), answer.stderr) == (0, VALUE + b"\n", "")


def test_without_its_key_it_stays_closed(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(LetterSeal(RootKey(bytes(32))).seal(VALUE))
    answer = almanac("dead-letter", "open", str(letter), "--data", str(tmp_path))
    assert answer.returncode == 1
    assert "key file" in said(answer)
    RootKey.load_or_create(tmp_path / "key")
    answer = almanac("dead-letter", "open", str(letter), "--data", str(tmp_path))
    assert answer.returncode == 1
    assert "another installation" in said(answer)


async def test_who_misspells_a_projection_is_told_those_there_are(
    database: str, kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    await migrate(database, "vault", VAULT)
    RootKey.load_or_create(tmp_path / "key")
    settings = {"database_url": database, "kafka_bootstrap": kafka, "topic_prefix": topic_prefix}
    settings["key_file"] = str(tmp_path / "key")
    for command in ("list", "retry"):
        answer = almanac("dead-letter", command, "--projection", "calendar", **settings)
        assert answer.returncode == 2
        assert "there is no projection calendar; there are " in said(answer)
        assert " calendars, " in said(answer)
    listed = almanac("dead-letter", "list", "--projection", "commands", "--json", **settings)
    assert json.loads(listed.stdout) == []
    assert "one by one" in said(almanac("dead-letter", "retry", "--projection", "commands", **settings))


async def test_a_command_set_aside_is_shown_and_sent_again(
    database: str, kafka: str, topic_prefix: str
) -> None:
    settings = {"database_url": database, "kafka_bootstrap": kafka, "topic_prefix": topic_prefix}
    there = Kafka(kafka, topic_prefix)
    commands, _, letters = topics_of_system("lab")
    await create_topics(there, [commands, letters])
    async with AIOKafkaProducer(**there.options()) as producer:
        headers = [("ce_id", b"c-1"), ("ce_type", b"almanac.commands.BookAppointment.v1")]
        came = await producer.send_and_wait(
            topic_prefix + commands.name, b"{}", b"k", partition=3, headers=headers
        )
        why = {"error": "not registered", "partition": str(came.partition), "offset": str(came.offset)}
        headers += [(f"dead-letter-{name}", value.encode()) for name, value in why.items()]
        await producer.send_and_wait(topic_prefix + letters.name, b"e", partition=5, headers=headers)
        odd = [("dead-letter-partition", b"three"), ("dead-letter-offset", b"")]
        await producer.send_and_wait(topic_prefix + letters.name, b"e", partition=6, headers=odd)

    shown = json.loads(almanac("dead-letter", "show", "commands.lab/5.0", "--json", **settings).stdout)
    assert (shown["ce_id"], shown["error"], shown["topic"]) == ("c-1", "not registered", commands.name)
    assert almanac("dead-letter", "retry", "commands.lab/5.0", **settings).stdout == "1 sent again\n"
    first, second = await read_topics(there, [commands])
    assert (first.value, first.key, first.headers) == (second.value, second.key, second.headers)
    assert "no dead letter" in said(almanac("dead-letter", "show", "commands.lab/5.1", **settings))
    odd_one = almanac("dead-letter", "retry", "commands.lab/6.0", **settings)
    assert "no longer on Kafka" in said(odd_one)
