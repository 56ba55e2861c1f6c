"""A whole Almanac on fresh data, with a clinic in it that is large enough to book in for a while."""

import tempfile
from collections.abc import AsyncIterator, Iterator
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
from bench.clinic import Clinic, Furnishing, furnish
from bench.connection import Connection
from cli.installation import Installation, Plan, running

__all__ = ["House", "bookings", "connecting", "open_house", "temporary_data"]

MINUTES = 30


@dataclass(frozen=True, slots=True)
class House:
    """What runs, and what is needed to book there."""

    installation: Installation
    token: str
    clinic: Clinic

    def connection(self) -> Connection:
        """Another caller's connection."""
        return connecting(self.installation.url, self.token)

    def bookings(self) -> Iterator[dict[str, Any]]:
        """Bodies of bookings that never meet: neither place nor patient is wanted twice at a time."""
        return bookings(self.clinic)


def bookings(clinic: Clinic) -> Iterator[dict[str, Any]]:
    """The same of any clinic that is always open."""
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    places = len(next(iter(clinic.resources.values())))
    for number in count():
        place, turn = number % places, number // places
        yield {
            "visit_type": "bench",
            "starts_at": (first + turn * timedelta(minutes=MINUTES)).isoformat(),
            "resource_ids": [resources[place] for resources in clinic.resources.values()],
            "patient_id": clinic.patients[number % len(clinic.patients)],
            "reason": "a reason that is kept encrypted",
        }


def connecting(url: str, token: str) -> Connection:
    """A connection to that installation, for whom the token names."""
    address = urlsplit(url)
    return Connection(address.hostname or "", address.port or 80, token)


@contextmanager
def temporary_data() -> Iterator[Path]:
    """A data directory that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="almanac-bench-", ignore_cleanup_errors=True) as folder:
        # PostgreSQL may run as another user, who has to reach the data.
        Path(folder).chmod(0o711)
        yield Path(folder) / "data"


@asynccontextmanager
async def open_house(wanted: Furnishing | None = None) -> AsyncIterator[House]:
    """As `almanac up` runs it: embedded servers, every service, tokens checked, fields encrypted."""
    with temporary_data() as folder:
        # One caller makes all the load: counted as everybody is, and never one too many.
        plan = Plan(Settings(dev=True, rate_staff=1_000_000), folder, port=0)
        async with running(plan) as installation:
            token = issue_dev_token(installation.data, ["scheduler"], SystemClock())
            clinic = await furnish(lambda: connecting(installation.url, token), wanted or Furnishing())
            yield House(installation, token, clinic)
