"""Connections of a pool are counted until it is closed."""

from prometheus_client import CollectorRegistry

from backbone.telemetry.pools import PoolCollector


class OfTen:
    """Four connections, one of them idle."""

    closed = False

    def get_size(self) -> int:
        return 4

    def get_idle_size(self) -> int:
        return 1

    def get_max_size(self) -> int:
        return 10

    def is_closing(self) -> bool:
        return self.closed


def test_pools_of_one_use_are_counted_together_until_closed() -> None:
    pools, registry = PoolCollector(), CollectorRegistry()
    registry.register(pools)

    def shown(state: str) -> float | None:
        labels = {"service": "booking", "pool": "reading", "state": state}
        return registry.get_sample_value("almanac_database_pool_connections", labels)

    first, second = OfTen(), OfTen()
    pools.add("booking", "reading", first)
    pools.add("booking", "reading", second)
    assert (shown("used"), shown("idle")) == (6.0, 2.0)
    most = {"service": "booking", "pool": "reading"}
    assert registry.get_sample_value("almanac_database_pool_connections_max", most) == 20.0
    first.closed = second.closed = True
    assert shown("used") is None
