"""A whole Almanac on fresh data, and a clinic in it that is large enough to book in for a while."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backbone.clock import SystemClock
from backbone.settings import Settings
from backbone.web.devtokens import issue_dev_token
from bench.connection import Connection
from cli.installation import Installation, Plan, running

__all__ = ["House", "open_house", "temporary_data"]

PLACES = 50
"""Providers, and as many rooms."""
PATIENTS = 1_000
MINUTES = 30
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class House:
    """What runs, and what is needed to book there."""

    installation: Installation
    token: str
    providers: tuple[str, ...]
    rooms: tuple[str, ...]
    patients: tuple[str, ...]

    def connection(self) -> Connection:
        """Another caller's connection."""
        address = urlsplit(self.installation.url)
        return Connection(address.hostname or "", address.port or 80, self.token)

    def bookings(self) -> Iterator[dict[str, Any]]:
        """Bodies of bookings that never meet: neither place nor patient is wanted twice at a time."""
        first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
        for number in count():
            place, turn = number % PLACES, number // PLACES
            starts_at = first + turn * timedelta(minutes=MINUTES)
            yield {
                "visit_type": "bench",
                "starts_at": starts_at.isoformat(),
                "resource_ids": [self.providers[place], self.rooms[place]],
                "patient_id": self.patients[number % PATIENTS],
                "reason": "a reason that is kept encrypted",
            }


@contextmanager
def temporary_data() -> Iterator[Path]:
    """A data directory that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="almanac-bench-", ignore_cleanup_errors=True) as folder:
        # PostgreSQL may run as another user, who has to reach the data.
        Path(folder).chmod(0o711)
        yield Path(folder) / "data"


@asynccontextmanager
async def open_house() -> AsyncIterator[House]:
    """As `almanac up` runs it: embedded servers, every service, tokens checked, fields encrypted."""
    with temporary_data() as folder:
        plan = Plan(Settings(dev=True), folder, port=0)
        async with running(plan) as installation:
            token = issue_dev_token(installation.data, ["scheduler"], SystemClock())
            yield await _furnish(installation, token)


async def _furnish(installation: Installation, token: str) -> House:
    bare = House(installation, token, (), (), ())
    desk = bare.connection()
    facility = (
        await _post(
            desk,
            "/v1/facilities",
            {"name": "Bench", "time_zone": "UTC", "phone": "+12125550100", "message_name": "Bench"},
        )
    )["facility_id"]
    needs = [{"kind": "provider"}, {"kind": "room"}]
    await _post(
        desk, "/v1/visit-types", {"code": "bench", "name": "Bench", "minutes": MINUTES, "needs": needs}
    )
    providers = await _resources(desk, facility, "provider")
    rooms = await _resources(desk, facility, "room")
    patients = await _patients(bare)
    await desk.close()
    return House(installation, token, providers, rooms, patients)


async def _resources(desk: Connection, facility: str, kind: str) -> tuple[str, ...]:
    made: list[str] = []
    for number in range(PLACES):
        body = {"facility_id": facility, "kind": kind, "name": f"{kind} {number}"}
        resource = (await _post(desk, "/v1/resources", body))["resource_id"]
        weekly = [{"day": day, "from": "00:00", "to": "24:00"} for day in DAYS]
        week = {"effective_from": "2020-01-01", "weekly": weekly}
        await _ask(desk, "PUT", f"/v1/resources/{resource}/template", week)
        made.append(resource)
    return tuple(made)


async def _patients(house: House) -> tuple[str, ...]:
    async def register(start: int) -> list[str]:
        desk = house.connection()
        made = [
            (
                await _post(
                    desk,
                    "/v1/patients",
                    {"family_name": "Bench", "given_names": f"Number {number}", "birth_date": "1970-01-01"},
                )
            )["patient_id"]
            for number in range(start, PATIENTS, 16)
        ]
        await desk.close()
        return made

    shares = await asyncio.gather(*(register(start) for start in range(16)))
    return tuple(patient for share in shares for patient in share)


async def _post(desk: Connection, path: str, body: Mapping[str, Any]) -> Any:
    return await _ask(desk, "POST", path, body)


async def _ask(desk: Connection, method: str, path: str, body: Mapping[str, Any]) -> Any:
    status, answer = await desk.request(method, path, body)
    if status not in (200, 201):
        raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")
    return json.loads(answer)
