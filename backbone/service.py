"""What every service is to the composition: a name, tables, topics, routes, and work that goes on behind them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fastapi import APIRouter

__all__ = ["Service", "Topic"]


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic that a service owns. ``retention_ms`` -1: kept for ever."""

    name: str
    partitions: int = 12
    retention_ms: int = -1


class Service(Protocol):
    """One independently runnable service; ``cli`` composes them, each knows only itself and the backbone."""

    name: str
    """As in topics and ``serve``: ``booking``, ``patient-flow``, ``projections``."""
    schema: str
    """Its PostgreSQL schema: ``booking``, ``patient_flow``, ``projections``."""
    migrations: Path
    """Folder of ``NNNN_name.sql``, applied in order."""
    topics: Sequence[Topic]

    def http(self) -> AbstractAsyncContextManager[APIRouter]:
        """Opened: its routes, with what they need running. Closed: finishes what was accepted."""
        ...

    def workers(self) -> AbstractAsyncContextManager[None]:
        """Opened: relay, consumers and sweepers run until closed."""
        ...
