"""One page for Prometheus: several processes' figures, told apart, each family under one heading."""

import asyncio

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.parser import text_string_to_metric_families

from backbone.telemetry.exposition import Exposition


def registry(requests: int) -> CollectorRegistry:
    made = CollectorRegistry()
    counter = Counter("almanac_requests", "Of what's asked.", ("route",), registry=made)
    counter.labels('/v1/{"id"}').inc(requests)
    Gauge("almanac_waiting", "Now.", registry=made).set(3)
    return made


def samples(page: str) -> dict[tuple[str, str], float]:
    """By name and part; every family must be there once only."""
    families = list(text_string_to_metric_families(page))
    assert len({family.name for family in families}) == len(families)
    return {(s.name, s.labels["part"]): s.value for family in families for s in family.samples}


async def test_two_processes_are_one_page() -> None:
    workers = Exposition(registry(7), "workers")
    page = await Exposition(registry(2), "http", {"workers": workers.page}).page()
    assert samples(page) == {
        ("almanac_requests_total", "http"): 2.0,
        ("almanac_requests_total", "workers"): 7.0,
        ("almanac_waiting", "http"): 3.0,
        ("almanac_waiting", "workers"): 3.0,
        ("almanac_part_up", "http"): 1.0,
        ("almanac_part_up", "workers"): 1.0,
    }
    assert """route="/v1/{\\"id\\"}",part="workers"} 7.0""" in page


async def test_a_process_that_does_not_answer_is_shown_as_down() -> None:
    async def frozen() -> str:
        await asyncio.Event().wait()
        raise AssertionError

    async def dead() -> str:
        raise ConnectionRefusedError

    page = await Exposition(registry(1), "http", {"workers": frozen, "more": dead}, patience=0.01).page()
    shown = samples(page)
    assert (shown["almanac_part_up", "workers"], shown["almanac_part_up", "more"]) == (0.0, 0.0)
    assert shown["almanac_requests_total", "http"] == 1.0
