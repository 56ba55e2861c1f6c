"""The search finds what is there, wherever it is and however it is written: else finding nothing would say
nothing."""

import json
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from prometheus_client import CollectorRegistry, Counter, generate_latest

from tests.sight.house import House
from tests.sight.searching import contents, kept_and_told, needles, shown
from tests.sight.test_secrecy import CALENDARS, PLANTED, REASON

LEAKS = {
    "logs": "Leakwort Lagos",
    "traces": "Leakwort Turin",
    "key": "Leakwort Kyoto",
    "header": "Leakwort Hanoi",
    "row": "Leakwort Rome",
    "bytes": "Leakwort Bergen",
    "file": "Leakwort Faro",
}


def test_the_search_finds_what_is_there() -> None:
    planted = needles(PLANTED)
    for needle in PLANTED:
        hidden = (
            needle.encode(),
            f"name={quote(needle)}&x=1".encode(),
            b"\\x" + f"<{needle}>".encode().hex().encode(),
            json.dumps({"a": needle.upper()}).encode(),
        )
        for text in hidden:
            assert needle in shown(b"before " + text + b" after", planted), (needle, text)
    assert shown(b64encode(REASON.encode() * 2), needles((REASON,)))


def test_the_search_finds_a_label_in_the_figures() -> None:
    registry = CollectorRegistry()
    Counter("calls", "Calls.", ("who",), registry=registry).labels("Leakwort Metz").inc()
    assert shown(generate_latest(registry), needles(["Leakwort Metz"]))


def test_holes_of_a_file_are_passed_over_and_nothing_else(tmp_path: Path) -> None:
    with (tmp_path / "index").open("wb") as file:
        for place in (0, 1_000_000, 9_000_000):
            file.seek(place)
            file.write(b"written at %d" % place)
        file.truncate(10_000_000)
    found = contents(tmp_path / "index")
    assert all(b"written at %d" % place in found for place in (0, 1_000_000, 9_000_000))
    assert len(found) < 100_000
    (tmp_path / "empty").touch()
    assert contents(tmp_path / "empty") == b""


@pytest.mark.asyncio(loop_scope="package")
async def test_the_search_finds_a_leak_in_every_kind_of_place(house: House) -> None:
    data = Path(house.installation.data)
    with (data / "logs" / "workers.log").open("a") as log:
        log.write(json.dumps({"level": "error", "message": f"no such patient: {LEAKS['logs']}"}) + "\n")
    _trace(house, LEAKS["traces"])
    async with AIOKafkaProducer(**house.installation.kafka.options()) as producer:
        topic = f"{CALENDARS}.dead-letter"  # which no consumer of ours reads
        await producer.send_and_wait(topic, b"{}", key=LEAKS["key"].encode())
        await producer.send_and_wait(topic, b"{}", headers=[("ce_subject", LEAKS["header"].encode())])
    connection = await asyncpg.connect(house.installation.database_urls["booking"])
    await connection.execute("CREATE TABLE booking.leak AS SELECT $1::text, $2::bytea", "", b"")
    await connection.execute(
        "INSERT INTO booking.leak VALUES ($1, $2)", LEAKS["row"], LEAKS["bytes"].encode()
    )
    (data / "notes.txt").write_text(LEAKS["file"])
    try:
        told = await kept_and_told(house)
    finally:
        await connection.execute("DROP TABLE booking.leak")
        await connection.close()
        (data / "notes.txt").unlink()
    wanted = needles(LEAKS.values())
    found = {(place.rpartition("/")[2], needle) for place, text in told for needle in shown(text, wanted)}
    assert found >= {
        ("workers.log", LEAKS["logs"]),
        ("traces", LEAKS["traces"]),
        (topic, LEAKS["key"]),
        (topic, LEAKS["header"]),
        ("booking.leak", LEAKS["row"]),
        ("booking.leak", LEAKS["bytes"]),
        ("notes.txt", LEAKS["file"]),
    }
    # What PostgreSQL has committed, and Kafka has taken, is on disk too.
    files = {needle for place, text in told if "/" in place for needle in shown(text, wanted)}
    assert files >= set(LEAKS.values()) - {LEAKS["traces"]}


def _trace(house: House, leak: str) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{house.collector.url}/v1/traces")))
    with provider.get_tracer("leak").start_as_current_span("booking") as span:
        span.set_attribute("patient", leak)
    provider.shutdown()
