"""Whether this process traces: OpenTelemetry's own environment variables say so, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = ["is_wanted", "open_tracing"]

_WHERE: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
STOP_SECONDS: Final = 3.0
"""How long the last spans may take to go out."""


def is_wanted(environment: Mapping[str, str]) -> bool:
    """An endpoint is named, and neither the SDK nor its traces are switched off."""
    off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    exporter = environment.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower()
    return exporter == "otlp" and not off and any(environment.get(name) for name in _WHERE)


@asynccontextmanager
async def open_tracing(
    environment: Mapping[str, str], service: str, part: str
) -> "AsyncIterator[Tracing | None]":
    """Tracing where it is wanted, else None: then the SDK is not even loaded.

    ``service``: the spans' ``service.name``, unless ``OTEL_SERVICE_NAME`` names another. Endpoint, headers,
    sampler and batching are the SDK's to read from the environment.
    """
    if not is_wanted(environment):
        yield None
        return
    from backbone.telemetry.traces import Tracing, exporting

    provider = exporting(environment, service, part)
    try:
        yield Tracing(provider)
    finally:
        # It waits for its collector: not longer than a stop may take.
        stopping = asyncio.get_running_loop().run_in_executor(None, provider.shutdown)
        await asyncio.wait([stopping], timeout=STOP_SECONDS)
