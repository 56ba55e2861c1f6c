"""A beginner's mistakes: each answer says what to do instead."""

import httpx
import pytest

from tests.backbone.web.conftest import TokenMaker

GOOD = {"family_name": "Smith", "starts_at": "2031-03-04T09:00:00+01:00"}


@pytest.mark.parametrize("token", [{}, {"Authorization": "eyJ"}, {"Authorization": "Basic eDp5"}])
async def test_without_a_token_it_is_told_how_one_is_sent(
    http: httpx.AsyncClient, token: dict[str, str]
) -> None:
    answer = await http.get("/v1/list", headers=token)
    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/v1", "/v1/list/", "/v1/List"])
async def test_an_address_that_is_none_leads_to_the_reference(
    http: httpx.AsyncClient, bearer: TokenMaker, path: str
) -> None:
    answer = await http.get(path, headers=bearer())
    assert answer.status_code == 404
    assert "/docs" in answer.json()["detail"]
    assert "slash" in answer.json()["detail"]


async def test_a_wrong_method_is_told_the_right_ones(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    answer = await http.put("/v1/things/00000000-0000-0000-0000-000000000001", headers=bearer())
    assert (answer.status_code, answer.json()["detail"]) == (405, "It has DELETE, GET, HEAD.")


async def test_a_wrong_role_or_purpose_is_told_the_right_ones(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    role = await http.get("/v1/list", headers=bearer("auditor"))
    purpose = await http.get("/v1/list", headers=bearer("scheduler") | {"Purpose-Of-Use": "HRESCH"})
    assert (role.status_code, purpose.status_code) == (403, 403)
    assert "one of the roles front-desk, scheduler" in role.json()["detail"]
    assert "may be used for HOPERAT, TREAT, HPAYMT, PATRQT" in purpose.json()["detail"]


async def test_a_parameter_that_does_not_exist_is_not_passed_over(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    answer = await http.get("/v1/list?limti=5&text=a&Ada%20Lovelace=1", headers=bearer())
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"parameter": "?", "in": "query", "detail": "There is no such parameter."},
        {"parameter": "limti", "in": "query", "detail": "There is no such parameter."},
    ]
    posted = await http.post("/v1/bookings?dry_run=1", json=GOOD, headers=bearer())
    assert posted.status_code == 422
    for path in ("/v1/list?limit=5&text=a", "/health/live?x=1"):
        assert (await http.get(path, headers=bearer())).status_code == 200


async def test_an_id_is_told_to_be_one(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    path = await http.get("/v1/things/ada", headers=bearer())
    body = await http.post("/v1/bookings", json=GOOD | {"resource_ids": ["ada"]}, headers=bearer())
    for answer in (path, body):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["detail"] == "An id is a UUID, as it was given out."


async def test_what_a_list_must_have_is_told_without_the_language_it_is_read_in(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    answer = await http.post("/v1/bookings", json=GOOD | {"tags": []}, headers=bearer())
    assert answer.json()["errors"][0]["detail"] == "The list should have at least 1 item."
