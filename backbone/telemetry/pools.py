"""How much of each connection pool is in use, counted when somebody asks."""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

__all__ = ["Pool", "PoolCollector"]


class Pool(Protocol):
    """asyncpg's, as far as it is looked at."""

    def get_size(self) -> int: ...
    def get_idle_size(self) -> int: ...
    def get_max_size(self) -> int: ...
    def is_closing(self) -> bool: ...


class PoolCollector(Collector):
    """``almanac_database_pool_connections`` and its upper bound, of the pools that are not closed."""

    def __init__(self) -> None:
        self._pools: list[tuple[str, str, Pool]] = []

    def add(self, service: str, use: str, pool: Pool) -> None:
        """Counts the pool until it is closed. ``use``: what it is for: ``reading``, ``projections``."""
        self._pools.append((service, use, pool))

    def collect(self) -> Iterable[Metric]:
        """Several pools of one service and use count as one."""
        names = ["service", "pool"]
        connections = GaugeMetricFamily(
            "almanac_database_pool_connections",
            "Connections to PostgreSQL, used and idle.",
            labels=[*names, "state"],
        )
        most = GaugeMetricFamily(
            "almanac_database_pool_connections_max", "How many there may be.", labels=names
        )
        self._pools = [entry for entry in self._pools if not entry[2].is_closing()]
        sums: dict[tuple[str, str], tuple[int, int, int]] = {}
        for service, use, pool in self._pools:
            used, idle, limit = sums.get((service, use), (0, 0, 0))
            free = pool.get_idle_size()
            sums[service, use] = used + pool.get_size() - free, idle + free, limit + pool.get_max_size()
        for labels, (used, idle, limit) in sums.items():
            connections.add_metric([*labels, "used"], used)
            connections.add_metric([*labels, "idle"], idle)
            most.add_metric(labels, limit)
        return [connections, most]
