"""Outcomes as answers; idempotency, versions, request ids; failures told without contents."""

import logging
import re
from typing import Any

import httpx
import pytest

from tests.backbone.web.conftest import HOME, ROOM_AT_HOME, ROOM_ELSEWHERE, TokenMaker

BOOKING = {"family_name": "Smith", "starts_at": "2031-03-04T09:00:00Z"}


async def test_accepted_gives_version_position_and_etag(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    response = await http.post("/v1/outcomes/accepted", headers=bearer())
    body = response.json()
    assert (body["appointment_id"], body["version"], response.headers["etag"]) == (str(HOME), 3, '"3"')
    assert re.fullmatch("[A-Za-z0-9_-]+", body["position"])


async def test_a_repetition_says_so(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    response = await http.post("/v1/outcomes/repeated", headers=bearer())
    assert response.headers["idempotent-replayed"] == "true"


async def test_a_refusal_lists_every_conflict_and_no_foreign_resource(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    limited = await http.post("/v1/outcomes/refused", headers=bearer(facility_ids=[HOME]))
    assert (limited.status_code, limited.json()["type"]) == (409, "/problems/slot-taken")
    kinds = [(each["kind"], each.get("resource_id")) for each in limited.json()["conflicts"]]
    assert kinds == [("room", str(ROOM_AT_HOME)), ("room", None), ("patient", None), ("daily-limit", None)]
    assert limited.json()["conflicts"][0]["starts_at"] == "2031-03-04T09:00:00Z"
    everywhere = await http.post("/v1/outcomes/refused", headers=bearer())
    assert everywhere.json()["conflicts"][1]["resource_id"] == str(ROOM_ELSEWHERE)
    nowhere = await http.post("/v1/outcomes/refused", headers=bearer(facility_ids=[]))
    assert all("resource_id" not in each for each in nowhere.json()["conflicts"])


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("own", 409, "nothing-to-clear"),
        ("reused", 422, "idempotency-key-reused"),
        ("stale", 412, "stale-version"),
    ],
)
async def test_other_refusals(
    http: httpx.AsyncClient, bearer: TokenMaker, name: str, status: int, kind: str
) -> None:
    response = await http.post(f"/v1/outcomes/{name}", headers=bearer())
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{kind}")


async def test_the_idempotency_key_is_bound_to_caller_route_and_body(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    headers = bearer() | {"Idempotency-Key": "k-1", "If-Match": '"7"'}
    one = (await http.post("/v1/bookings", json=BOOKING, headers=headers)).json()
    again = (await http.post("/v1/bookings", json=BOOKING, headers=headers)).json()
    quoted = (
        await http.post("/v1/bookings", json=BOOKING, headers=headers | {"Idempotency-Key": '"k-1"'})
    ).json()
    other_body = (await http.post("/v1/bookings", json=BOOKING | {"minutes": 10}, headers=headers)).json()
    other_caller = (
        await http.post("/v1/bookings", json=BOOKING, headers=headers | bearer(subject="another"))
    ).json()
    assert one["key"] == again["key"] == quoted["key"]
    assert one["key"][0].endswith(" POST /v1/bookings")
    assert one["key"][:2] == other_body["key"][:2]
    assert one["key"][2] != other_body["key"][2]
    assert one["key"][0] != other_caller["key"][0]
    assert one["if_match"] == 7
    assert (await http.post("/v1/bookings", json=BOOKING, headers=bearer())).json()["key"] is None


@pytest.mark.parametrize(
    ("roles", "limits"),
    [
        (("clinician", "front-desk"), {}),
        (("scheduler", "front-desk"), {}),
        (("scheduler",), {"facility_ids": [HOME]}),
        (("scheduler",), {"facility_ids": []}),
        (("scheduler",), {"patient_ids": [HOME]}),
    ],
)
async def test_the_idempotency_key_is_bound_to_the_rights_of_the_token(
    http: httpx.AsyncClient, bearer: TokenMaker, roles: tuple[str, ...], limits: dict[str, Any]
) -> None:
    async def fingerprint(headers: dict[str, str]) -> str:
        answer = await http.post("/v1/bookings", json=BOOKING, headers=headers | {"Idempotency-Key": "k-1"})
        return str(answer.json()["key"][2])

    wide = await fingerprint(bearer("scheduler", subject="ann"))
    assert await fingerprint(bearer("scheduler", subject="ann", facility_ids=None)) == wide
    assert await fingerprint(bearer(*roles, subject="ann", **limits)) != wide


async def test_every_answer_has_its_id_and_trace(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    for path in ("/v1/list", "/v1/nowhere", "/v1/broken/bug", "/health/live"):
        response = await http.get(path, headers=bearer() | {"X-Request-Id": "mine-1", "traceparent": trace})
        assert (response.headers["x-request-id"], response.headers["traceparent"]) == ("mine-1", trace)
        assert response.headers["cache-control"] == "no-store"
    odd = {"X-Request-Id": "a b", "traceparent": "00-" + "0" * 32 + "-" + "b" * 16 + "-01"}
    response = await http.get("/v1/list", headers=bearer() | odd)
    assert re.fullmatch("[0-9a-f-]{36}", response.headers["x-request-id"])
    assert response.headers["traceparent"] != odd["traceparent"]


@pytest.mark.parametrize(
    ("how", "status", "kind", "retry"),
    [
        ("bug", 500, "internal", None),
        ("away", 503, "unavailable", "3"),
        ("unknown", 503, "unavailable", "1"),
        ("full", 503, "overloaded", "1"),
        ("nul", 422, "invalid", None),
        ("refused", 503, "unavailable", "1"),
        ("shutdown", 503, "unavailable", "1"),
        ("closed", 503, "unavailable", "1"),
        ("detail", 500, "internal", None),
        ("argument", 500, "internal", None),
    ],
)
async def test_failures_are_told_without_their_contents(
    http: httpx.AsyncClient,
    bearer: TokenMaker,
    caplog: pytest.LogCaptureFixture,
    how: str,
    status: int,
    kind: str,
    retry: str | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    response = await http.get(f"/v1/broken/{how}", headers=bearer())
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{kind}")
    assert response.headers.get("retry-after") == retry
    assert "Secret" not in response.text + caplog.text
    if how == "bug":
        assert "RuntimeError" in caplog.text
        assert "conftest.py" in caplog.text


async def test_metrics_name_routes_not_paths(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    await http.get("/v1/things/00000000-0000-0000-0000-000000000001", headers=bearer())
    await http.get("/Xanthippe", headers=bearer())
    await http.request("JANE", "/v1/list")
    text = (await http.get("/metrics")).text
    labels = 'method="GET",route="/v1/things/{thing_id}",status="200",part="all"'
    assert f"almanac_http_request_seconds_count{{{labels}}} 1.0" in text
    assert 'route="none",status="404"' in text
    assert "Xanthippe" not in text
    assert "JANE" not in text
    assert "-0000-" not in text
