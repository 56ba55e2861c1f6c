"""The example clients, run as they stand, against a booking that takes commands."""

import asyncio
import json
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import pytest_asyncio

from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres
from tests.services.booking.commanding.commanded import Commanded, open_commanded
from tests.support.servers import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIENTS = Path(__file__).resolve().parents[2] / "examples" / "clients"
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
NOWHERE = "127.0.0.1:9"
"""Where nobody listens."""
NOT_FOR_LONG = ["--fetch-retries=0", "--fetch-timeout=5000"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    postgres_server: EmbeddedPostgres, kafka_server: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Commanded]:
    """The clients know of no prefix, so there is none; nobody else in the run has this system's name."""
    folder, system = tmp_path_factory.mktemp("clients"), f"c{secrets.token_hex(4)}"
    async with (
        fresh_database(postgres_server) as url,
        open_commanded(url, kafka_server.bootstrap, "", folder, system) as opened,
        opened.consumer(),
    ):
        yield opened


@pytest.fixture
def almanac(house: Commanded) -> Iterator[str]:
    """An address that answers ``GET /v1/keys``."""
    answer = json.dumps(house.commanding.keys.published()).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/v1/keys" else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The one for Node, with what its lock file names."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node and npm")
    copy = tmp_path_factory.mktemp("clients") / "node"
    shutil.copytree(CLIENTS / "node", copy, ignore=shutil.ignore_patterns("node_modules"))
    installed = subprocess.run(
        INSTALL + NOT_FOR_LONG, cwd=copy, capture_output=True, text=True, timeout=60, check=False
    )
    if installed.returncode:
        pytest.skip(f"npm can't install here: {installed.stderr.strip().splitlines()[:1]}")
    return ["node", str(copy / "book.mjs")]


@pytest.fixture
def python_client() -> list[str]:
    return [sys.executable, str(CLIENTS / "book.py")]


async def test_in_python(house: Commanded, almanac: str, python_client: list[str]) -> None:
    await books(house, almanac, python_client, "09:00")


async def test_in_node(house: Commanded, almanac: str, node_client: list[str]) -> None:
    await books(house, almanac, node_client, "10:00")


async def test_each_takes_its_own_answer(house: Commanded, almanac: str, python_client: list[str]) -> None:
    visits = [wanted(house, f"{hour}:30") for hour in (12, 13, 14)]
    answers = await asyncio.gather(*(told(house, almanac, python_client, visit) for visit in visits))
    booked = [datetime.fromisoformat(answer["starts_at"]) for _, answer in answers]
    assert booked == [datetime.fromisoformat(visit["starts_at"]) for visit in visits]


async def test_python_says_what_is_wrong(house: Commanded, almanac: str, python_client: list[str]) -> None:
    await says_what_is_wrong(house, almanac, python_client)


async def test_node_says_what_is_wrong(house: Commanded, almanac: str, node_client: list[str]) -> None:
    await says_what_is_wrong(house, almanac, node_client)


async def test_the_consumer_says_what_is_wrong() -> None:
    consumer = [sys.executable, str(CLIENTS.parent / "consume.py")]
    nothing, nobody = await asyncio.gather(run(consumer), run([*consumer, NOWHERE]))
    assert nothing == (2, "", "usage: consume.py HOST:PORT\n")
    assert nobody[:2] == (1, "")
    assert_one_line(nobody[2], NOWHERE)


@pytest.mark.parametrize("client", ["book.py", "node/book.mjs"])
async def test_a_client_is_twenty_lines(client: str) -> None:
    """Counted as a reader does: from its name to its end, without blanks, comments and docstring."""
    client_itself = re.search(r"^async (?:def|function) book.*?\n(?=\n\n|})", source(client), re.M | re.S)
    assert client_itself
    lines = [line.strip() for line in client_itself[0].splitlines()]
    assert len([line for line in lines if line and not line.startswith(("#", "//", '"""'))]) <= 20


def source(client: str) -> str:
    return (CLIENTS / client).read_text()


async def says_what_is_wrong(house: Commanded, almanac: str, client: list[str]) -> None:
    """One line each, soon, and a status by which a script can tell."""
    kafka, system = house.lab.kafka.bootstrap, house.lab.name
    visit = json.dumps(wanted(house, "11:00"))
    usage, unregistered, no_kafka, no_almanac, no_visit = await asyncio.gather(
        run([*client, kafka]),
        run([*client, kafka, almanac, "stranger"], visit),
        run([*client, NOWHERE, almanac, system], visit),
        run([*client, kafka, f"http://{NOWHERE}", system], visit),
        run([*client, kafka, almanac, system], "{}"),
    )
    assert usage == (2, "", f"usage: {Path(client[-1]).name} KAFKA ALMANAC SYSTEM < visit.json\n")
    for (status, said, complaint), cause in (
        (unregistered, "almanac system register stranger"),
        (no_kafka, f"Kafka at {NOWHERE} can't be reached"),
        (no_almanac, f"Almanac at http://{NOWHERE} can't be reached"),
        (no_visit, "not a visit with a patient's number"),
    ):
        assert (status, said) == (1, "")
        assert_one_line(complaint, cause)


def assert_one_line(complaint: str, cause: str) -> None:
    assert cause in complaint
    assert complaint.count("\n") == 1


def wanted(house: Commanded, clock_time: str) -> dict[str, Any]:
    """A booking's body, as from a system that knows the patient by number."""
    return house.front.wanted(None, clock_time) | {"patient": {"system": "mrn", "value": "4711"}}


async def books(house: Commanded, almanac: str, client: list[str], clock_time: str) -> None:
    """Booked by the first call, refused by the second: both are told."""
    visit = wanted(house, clock_time)
    kind, booked = await told(house, almanac, client, visit)
    assert (kind, booked["status"]) == ("almanac.command-results.Accepted.v1", "booked")
    read = await house.front.get(f"/v1/appointments/{booked['appointment_id']}")
    assert (read["patient_id"], read["starts_at"]) == (house.front.ids["Alba"], booked["starts_at"])
    kind, problem = await told(house, almanac, client, visit)
    assert (kind, problem["type"]) == ("almanac.command-results.Refused.v1", "/problems/slot-taken")


async def told(
    house: Commanded, almanac: str, client: list[str], visit: dict[str, Any]
) -> tuple[str, dict[str, str]]:
    """The type and body that a client prints."""
    line = [*client, house.lab.kafka.bootstrap, almanac, house.lab.name]
    status, said, complaints = await run(line, json.dumps(visit))
    assert status == 0, complaints
    kind, _, body = said.partition(" ")
    return kind, json.loads(body)


async def run(line: list[str], given: str = "") -> tuple[int | None, str, str]:
    """Exit status, standard output and standard error of a client that ends by itself."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*line, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(40):
            said, complaints = await process.communicate(given.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, said.decode(), complaints.decode()
