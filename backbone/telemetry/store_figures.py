"""What a store counts: its batches, their time, and what became of decisions."""

from collections.abc import Mapping
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from backbone.telemetry.buckets import SECONDS, SIZES
from backbone.telemetry.pools import Pool, PoolCollector

__all__ = ["StoreFigures", "StoreMetrics"]


class StoreMetrics:
    """Of all stores in a process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.batch = Histogram(
            "almanac_store_batch_decisions",
            "Decisions in one transaction.",
            ("service",),
            buckets=SIZES[:9],
            registry=registry,
        )
        self.commit = Histogram(
            "almanac_store_commit_seconds",
            "One transaction: from asking for the store's lock to the answer to COMMIT.",
            ("service",),
            buckets=SECONDS,
            registry=registry,
        )
        self.decisions = Counter(
            "almanac_store_decisions",
            "Decisions, by what the store made of them: accepted, repeated, refused, stale, failed.",
            ("service", "outcome"),
            registry=registry,
        )
        self.waiting = Gauge(
            "almanac_store_waiting_decisions",
            "Decisions that wait for the next transaction.",
            ("service",),
            registry=registry,
        )


class StoreFigures:
    """What one store's batcher tells, once a batch."""

    def __init__(self, store: StoreMetrics, pools: PoolCollector, service: str) -> None:
        self._pools = pools
        self._service = service
        self._batch = store.batch.labels(service)
        self._commit = store.commit.labels(service)
        self._waiting = store.waiting.labels(service)
        self._outcome = cache(lambda outcome: store.decisions.labels(service, outcome))

    def reads_through(self, pool: Pool) -> None:
        """Counts the store's reading connections, too."""
        self._pools.add(self._service, "store", pool)

    def committed(self, decisions: int, seconds: float, outcomes: Mapping[str, int], waiting: int) -> None:
        """A batch was committed, in ``seconds``; ``waiting``: how many came meanwhile."""
        self._batch.observe(decisions)
        self._commit.observe(seconds)
        self._waiting.set(waiting)
        for outcome, count in outcomes.items():
            self._outcome(outcome).inc(count)

    def failed(self, decisions: int) -> None:
        """So many decisions could not be stored, or nobody knows whether they were."""
        self._outcome("failed").inc(decisions)
