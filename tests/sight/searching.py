"""Everything that a house keeps and tells, and whether something stands in it."""

import json
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from backbone.cloudevents.partition import PARTITIONS
from tests.sight.house import House

__all__ = ["Needles", "contents", "kept_and_told", "needles", "records", "shown"]

Needles = Mapping[str, frozenset[bytes]]
"""What is looked for, and how it may be written."""
Found = tuple[str, bytes]
"""A place, and what stands there."""


def needles(texts: Iterable[str]) -> Needles:
    """Each as it is, in JSON, in a URL, as PostgreSQL prints bytes, and in base64."""
    return {text: frozenset(_forms(text)) for text in texts}


def _forms(text: str) -> Iterator[bytes]:
    raw = text.encode()
    yield from (raw, raw.lower(), raw.upper(), quote(text).encode(), raw.hex().encode())
    yield json.dumps(text)[1:-1].encode()
    yield from (b64encode(b"." * shift + raw)[4:-4] for shift in range(3) if len(raw) > 12)


def shown(text: bytes, wanted: Needles) -> list[str]:
    """Which of the needles are in it."""
    return [needle for needle, forms in wanted.items() if any(form in text for form in forms)]


async def kept_and_told(house: House) -> list[Found]:
    """All that anybody but a permitted caller can see of a house."""
    told = [("metrics", (await house.http.get("/metrics")).content)]
    told += [("traces", body) for body in house.collector.bodies]
    told += [record async for record in records(house)]
    told += [row async for row in _rows(house)]
    told += _files(house)
    return told


async def records(house: House) -> AsyncIterator[Found]:
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


async def _rows(house: House) -> AsyncIterator[Found]:
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


def _files(house: House) -> Iterator[Found]:
    """Everything on disk: tables, logs of both servers and of our processes, Kafka's segments."""
    for path in Path(house.installation.data).rglob("*"):
        with suppress(FileNotFoundError, PermissionError):
            if path.is_file() and path.stat().st_size:
                yield str(path), contents(path)


def contents(path: Path) -> bytes:
    """What was ever written to a file. Kafka lays out 10 MB for each of its 306 indexes and writes next to
    nothing: three gigabytes of holes, which read as zeros and took a minute to search."""
    written = []
    with path.open("rb", buffering=0) as file:
        place = 0
        # ENXIO, an OSError: nothing but a hole is left.
        with suppress(OSError):
            while True:
                begin = os.lseek(file.fileno(), place, os.SEEK_DATA)
                place = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
                written.append(os.pread(file.fileno(), place - begin, begin))
    return b"\0".join(written)
