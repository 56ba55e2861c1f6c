"""The example clients, run as they stand, against a booking that takes commands."""

import asyncio
import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import pytest_asyncio

from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.postgres import EmbeddedPostgres
from tests.services.booking.commanding.commanded import Commanded, open_commanded
from tests.support.servers import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIENTS = Path(__file__).resolve().parents[2] / "examples" / "clients"
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
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


@pytest.fixture
def node_client(tmp_path: Path) -> Path:
    """The one for Node, with what its lock file names."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node and npm")
    copy = tmp_path / "node"
    shutil.copytree(CLIENTS / "node", copy, ignore=shutil.ignore_patterns("node_modules"))
    installed = subprocess.run(
        INSTALL + NOT_FOR_LONG, cwd=copy, capture_output=True, text=True, timeout=60, check=False
    )
    if installed.returncode:
        pytest.skip(f"npm can't install here: {installed.stderr.strip().splitlines()[:1]}")
    return copy / "book.mjs"


async def test_in_python(house: Commanded, almanac: str) -> None:
    await books(house, almanac, [sys.executable, str(CLIENTS / "book.py")], "09:00")


async def test_in_node(house: Commanded, almanac: str, node_client: Path) -> None:
    await books(house, almanac, ["node", str(node_client)], "10:00")


async def books(house: Commanded, almanac: str, client: list[str], clock_time: str) -> None:
    """Booked by the first call, refused by the second: both are told."""
    visit = house.front.wanted(None, clock_time) | {"patient": {"system": "mrn", "value": "4711"}}
    kind, booked = await told(house, almanac, client, visit)
    assert (kind, booked["status"]) == ("almanac.command-results.Accepted.v1", "booked")
    read = await house.front.get(f"/v1/appointments/{booked['appointment_id']}")
    assert (read["patient_id"], read["starts_at"]) == (house.front.ids["Alba"], booked["starts_at"])
    kind, problem = await told(house, almanac, client, visit)
    assert (kind, problem["type"]) == ("almanac.command-results.Refused.v1", "/problems/slot-taken")


async def told(
    house: Commanded, almanac: str, client: list[str], visit: dict[str, object]
) -> tuple[str, dict[str, str]]:
    process = await asyncio.create_subprocess_exec(
        *client, house.lab.kafka.bootstrap, almanac, house.lab.name,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            said, complaints = await process.communicate(json.dumps(visit).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaints.decode()
    kind, _, body = said.decode().partition(" ")
    return kind, json.loads(body)
