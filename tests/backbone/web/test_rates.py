"""Who asks too often is told so, and when to come again; nobody else notices, and memory stays bounded."""

from math import isclose
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from backbone.clock import ManualClock
from backbone.settings import Settings
from backbone.web.app import create_app
from backbone.web.calling import Gate
from backbone.web.devtokens import dev_issuer
from backbone.web.rates import Buckets, Rate, Rates
from backbone.web.tokens import TokenVerifier
from tests.backbone.web.conftest import TokenMaker, routes

SLOW = Rates(Rate("staff", 0.2), Rate("patient", 0.1), Rate("system", 2_000), Rate("address", 0.3))
"""Two of the staff at once, one patient, three strangers."""


@pytest.fixture
def app(tmp_path: Path, clock: ManualClock, registry: CollectorRegistry) -> FastAPI:
    verifier = TokenVerifier([dev_issuer(tmp_path)], b"p" * 32, clock)
    gate = Gate(verifier, None, b"f" * 32, Rates(SLOW.staff, SLOW.patient, SLOW.system, SLOW.stranger))
    return create_app([routes()], gate, registry=registry)


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets, rate = Buckets(), Rate("staff", 5)
    assert [round(buckets.take("a", rate, 100.0)) for _ in range(50)] == list(reversed(range(50)))
    assert buckets.take("a", rate, 100.0) < 0
    assert buckets.take("a", rate, 100.19) < 0, "a refused request takes nothing, and gains nothing"
    assert isclose(buckets.take("a", rate, 100.2), 0, abs_tol=1e-6)
    assert round(buckets.take("b", rate, 100.2)) == 49
    assert round(buckets.take("a", rate, 1_000.0)) == 49, "no more than a bucket full"


def test_it_never_remembers_more_than_it_may() -> None:
    buckets, rate = Buckets(most=10), Rate("staff", 1)
    for caller in range(1_000):
        buckets.take("busy", rate, 0.0)
        buckets.take(str(caller), rate, 0.0)
        assert len(buckets) <= 20
    assert buckets.take("busy", rate, 0.0) < 0, "who keeps asking is not forgotten"


async def test_one_too_many_is_429_with_when_to_come_again(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    one, other = bearer(subject="one"), bearer(subject="other")
    first = await http.get("/v1/list", headers=one)
    assert first.status_code == 200
    assert first.headers["ratelimit-policy"] == '"staff";q=2;w=10'
    assert first.headers["ratelimit"] == '"staff";r=1;t=5'
    assert (await http.get("/v1/list", headers=one)).status_code == 200
    refused = await http.get("/v1/list", headers=one)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 5
    assert refused.headers["ratelimit"].startswith('"staff";r=0;t=')
    assert (await http.get("/v1/list", headers=other)).status_code == 200


async def test_another_token_of_the_same_caller_has_the_same_bucket(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    answers = [await http.get("/v1/list", headers=bearer(subject="one")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


async def test_each_role_has_its_rate(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    patient = bearer("patient")
    assert [(await http.get("/v1/mine", headers=patient)).status_code for _ in range(2)] == [200, 429]
    system = bearer("system", "scheduler", subject="lab")
    assert {(await http.get("/v1/list", headers=system)).status_code for _ in range(50)} == {200}


async def test_who_has_no_token_is_counted_by_address(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    known = bearer(subject="one")
    assert (await http.get("/v1/list", headers=known)).status_code == 200
    wrong = {"Authorization": "Bearer nonsense"}
    answers = [await http.get("/v1/list", headers=headers) for headers in ({}, wrong, wrong, wrong, {})]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert (await http.get("/docs")).status_code == 429
    assert (await http.get("/v1/list", headers=bearer(subject="new"))).status_code == 429
    assert (await http.get("/v1/list", headers=known)).status_code == 200, "who is known goes on"
    for _ in range(10):
        assert (await http.get("/health/live")).status_code == 200


def test_rates_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMANAC_RATE_PATIENT", "0")
    monkeypatch.setenv("ALMANAC_RATE_STAFF", "7.5")
    rates = Rates.of(Settings())
    rates.count({"type": "http"}, "u", frozenset(("patient",)))
    assert (rates.staff.burst, rates.system.burst, len(rates.buckets)) == (75, 20_000, 0)
