"""Everything that a house keeps, and whether something stands in it."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from backbone.cloudevents.partition import PARTITIONS
from tests.sight.house import House

__all__ = ["files", "records", "rows", "shown"]


def forms(needle: str) -> Iterable[bytes]:
    """As it may be written: as it is, in JSON, in a URL, and as PostgreSQL prints bytes."""
    raw = needle.encode()
    yield from {raw, raw.lower(), raw.upper(), quote(needle).encode(), raw.hex().encode()}
    yield json.dumps(needle)[1:-1].encode()
    yield from (b64encode(b"." * shift + raw)[4:-4] for shift in range(3) if len(raw) > 12)


def shown(text: bytes, needles: Iterable[str]) -> list[str]:
    """Which of the needles are in it."""
    return [needle for needle in needles if any(form in text for form in forms(needle))]


async def records(house: House) -> AsyncIterator[tuple[str, bytes]]:
    """Every record on every topic: key, headers, value."""
    consumer = AIOKafkaConsumer(**house.installation.kafka.options(), enable_auto_commit=False)
    await consumer.start()
    try:
        topics = [topic for topic in await consumer.topics() if not topic.startswith("__")]
        places = [TopicPartition(t, n) for t in topics for n in range(PARTITIONS)]
        ends = await consumer.end_offsets(places)
        places = [tp for tp in places if ends[tp]]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while any([await consumer.position(tp) < ends[tp] for tp in places]):
            for found in (await consumer.getmany(timeout_ms=100)).values():
                for record in found:
                    parts = [record.key or b"", record.value or b"", repr(record.headers).encode()]
                    yield record.topic, b"\n".join(parts)
    finally:
        await consumer.stop()


async def rows(house: House) -> AsyncIterator[tuple[str, bytes]]:
    """Every row of every table, as text."""
    for schema, url in house.installation.database_urls.items():
        connection = await asyncpg.connect(url)
        try:
            tables = await connection.fetch(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables "
                "WHERE schemaname = $1",
                schema,
            )
            for table in tables:
                for row in await connection.fetch(f"SELECT t::text AS row FROM {table['name']} AS t"):
                    yield table["name"], row["row"].encode()
        finally:
            await connection.close()


def files(house: House) -> Iterable[tuple[str, bytes]]:
    """Everything on disk: tables, logs of both servers and of our processes, Kafka's segments."""
    for path in Path(house.installation.data).rglob("*"):
        with suppress(FileNotFoundError, PermissionError):
            if path.is_file() and path.stat().st_size:
                yield str(path), path.read_bytes()
