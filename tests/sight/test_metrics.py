"""Figures: both processes' at one address, as documented, used as they are called, and without ids."""

import re
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.sight.house import House
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = re.compile(r"^\| `(almanac_\w+)` \| (.*?) \|", re.MULTILINE)
USED = re.compile(r"\b(?:almanac|process)_\w+")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|\d{4,}", re.IGNORECASE)
PATIENT = {"family_name": "Testfall", "given_names": "Ann", "birth_date": "1970-01-31"}


async def families(house: House) -> list[Metric]:
    """What ``/metrics`` shows."""
    answer = await house.http.get("/metrics")
    return list(text_string_to_metric_families(answer.text))


async def value(house: House, name: str, **labels: str) -> float:
    """The sum of the samples that have these labels."""
    samples = [sample for family in await families(house) for sample in family.samples]
    return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())


def called(family: Metric) -> str:
    """The name that one asks Prometheus for."""
    return f"{family.name}_total" if family.type == "counter" else family.name


async def test_a_booking_shows_in_the_figures_of_both_processes(house: House) -> None:
    before = await value(house, "almanac_store_decisions_total", service="booking", outcome="accepted")
    patient = (await house.done("POST", "/v1/patients", PATIENT))["patient_id"]
    visit = house.visit(patient)
    told = await house.done("POST", "/v1/appointments", visit)
    taken = await house.send("POST", "/v1/appointments", visit)
    assert taken.status_code == 409
    await house.seen_in_calendar(told["position"])
    http, workers = {"part": "http"}, {"part": "workers"}
    booking = {"service": "booking"}
    calendars = {"service": "projections", "projection": "calendars"}
    route = {"method": "POST", "route": "/v1/appointments"}
    for name, least, labels in (
        ("almanac_part_up", 1, http),
        ("almanac_part_up", 1, workers),
        ("almanac_http_request_seconds_count", 1, http | route | {"status": "201"}),
        ("almanac_http_request_seconds_count", 1, http | route | {"status": "409"}),
        ("almanac_booking_requests_total", 1, http | {"asked": "book", "outcome": "slot-taken"}),
        ("almanac_booking_conflicts_total", 1, http | {"kind": "provider"}),
        ("almanac_store_decisions_total", before + 2, http | booking | {"outcome": "accepted"}),
        ("almanac_store_commit_seconds_count", 1, http | booking),
        ("almanac_relay_page_events_sum", 2, workers | booking),
        ("almanac_relay_delay_seconds_count", 1, workers | booking),
        ("almanac_projection_batch_records_sum", 1, workers | calendars),
        ("almanac_projection_delay_seconds_count", 1, workers | calendars),
        ("almanac_database_pool_connections_max", 1, http | booking | {"pool": "store"}),
        ("process_resident_memory_bytes", 1e6, workers),
    ):
        assert await value(house, name, **labels) >= least, (name, labels)


async def test_what_is_looked_up_now_and_then_comes_to_rest(house: House) -> None:
    async def at_rest() -> bool:
        leads = await value(house, "almanac_relay_leading", service="booking")
        partitions = await value(house, "almanac_projection_partitions", projection="calendars")
        behind = await value(house, "almanac_relay_backlog_events")
        lag = await value(house, "almanac_projection_lag_records", projection="calendars")
        return (leads, behind, lag) == (1.0, 0.0, 0.0) and partitions >= 12

    await eventually(at_rest, within=20)


async def test_the_documented_figures_are_those_there_are(house: House) -> None:
    page = (ROOT / "docs" / "observability.md").read_text()
    documented = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in DOCUMENTED.findall(page)}
    there = [family for family in await families(house) if family.name.startswith("almanac_")]
    assert {called(family) for family in there} == documented.keys()
    for family in there:
        for sample in family.samples:
            assert sample.labels.keys() - {"part", "le"} == documented[called(family)], sample.name


async def test_dashboard_and_alerts_ask_for_figures_that_there_are(house: House) -> None:
    there = set()
    for family in await families(house):
        suffixes = ("_bucket", "_sum", "_count") if family.type == "histogram" else ("",)
        there |= {called(family) + suffix for suffix in suffixes}
    for path in ("grafana/almanac.json", "prometheus/almanac.rules.yaml"):
        used = set(USED.findall((ROOT / "deploy" / path).read_text()))
        assert len(used) > 5
        assert used <= there, used - there


async def test_no_label_holds_an_id(house: House) -> None:
    for family in await families(house):
        for sample in family.samples:
            for name, text in sample.labels.items():
                assert name == "le" or not ID.search(text), (sample.name, name, text)
