"""The figures of one process at ``/metrics``, with those of the processes behind it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import httpx
from prometheus_client import CollectorRegistry, ProcessCollector

from backbone.telemetry.exposition import Exposition
from backbone.telemetry.line_figures import counting_lines

__all__ = ["open_exposition"]


@asynccontextmanager
async def open_exposition(
    registry: CollectorRegistry, part: str, behind: Mapping[str, str]
) -> AsyncIterator[Exposition]:
    """``behind``: by part, where its figures are read. Also counts memory, processor time and log lines."""
    ProcessCollector(registry=registry)
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as http:
        scrapes = {name: partial(_get, http, url) for name, url in behind.items()}
        with counting_lines(registry):
            yield Exposition(registry, part, scrapes)


async def _get(http: httpx.AsyncClient, url: str) -> str:
    return (await http.get(url)).raise_for_status().text
