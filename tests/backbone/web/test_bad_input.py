"""Whatever is sent: a clear problem, nothing of it repeated, nothing stopped."""

import json
from typing import Any

import httpx
import pytest

from backbone.web.edge import MAX_BODY_BYTES
from tests.backbone.web.conftest import TokenMaker

GOOD = {"family_name": "Smith", "starts_at": "2031-03-04T09:00:00+01:00"}
SECRET = "Xanthippe Quux"


async def post(http: httpx.AsyncClient, headers: dict[str, str], content: bytes | str) -> httpx.Response:
    headers = {"Content-Type": "application/json"} | headers
    return await http.post("/v1/bookings", content=content, headers=headers)


def problem(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["x-request-id"]
    return body


async def test_good_input_is_taken(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    response = await post(http, bearer(), json.dumps(GOOD))
    assert response.status_code == 201
    assert response.json()["starts_at"] == "2031-03-04T08:00:00Z"


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b"{", 400, "malformed"),
        (b'{"family_name": }', 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b'{"family_name": "\xff"}', 400, "malformed"),
        (b'{"a": NaN}', 422, "invalid"),
        (b"[" * 50_000, 400, "malformed"),
        (b'{"a":' * 50_000, 400, "malformed"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"family_name": "\\ud800"}', 400, "malformed"),
    ],
)
async def test_a_body_that_is_no_such_json(
    http: httpx.AsyncClient, bearer: TokenMaker, content: bytes, status: int, kind: str
) -> None:
    response = await post(http, bearer(), content)
    assert (response.status_code, problem(response)["type"]) == (status, f"/problems/{kind}")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"starts_at": f"2031-03-04T09:03:00Z {SECRET}"}, "#/starts_at"),
        ({"starts_at": "2031-03-04T09:00:00"}, "#/starts_at"),
        ({"starts_at": "2031-02-30T09:00:00Z"}, "#/starts_at"),
        ({"starts_at": "9999-12-31T23:55:00-12:00"}, "#/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+12:00"}, "#/starts_at"),
        ({"starts_at": 1_900_000_000}, "#/starts_at"),
        ({"birth_date": 0}, "#/birth_date"),
        ({"birth_date": SECRET}, "#/birth_date"),
        ({"birth_date": "2031-02-30"}, "#/birth_date"),
        ({"minutes": "5"}, "#/minutes"),
        ({"minutes": True}, "#/minutes"),
        ({"minutes": 5.5}, "#/minutes"),
        ({"minutes": 10**30}, None),
        ({"resource_ids": [SECRET]}, "#/resource_ids/0"),
        ({"resource_ids": SECRET}, "#/resource_ids"),
        ({"family_name": ""}, "#/family_name"),
        ({"family_name": "   "}, "#/family_name"),
        ({"family_name": SECRET * 1000}, "#/family_name"),
        ({"family_name": None}, "#/family_name"),
        ({"family_name": {"a": SECRET}}, "#/family_name"),
        ({"surname": SECRET}, "#/surname"),
        ({SECRET: 1}, "#/?"),
    ],
)
async def test_a_field_that_does_not_fit_is_named_but_not_repeated(
    http: httpx.AsyncClient, bearer: TokenMaker, change: dict[str, Any], pointer: str | None
) -> None:
    response = await post(http, bearer(), json.dumps(GOOD | change))
    if pointer is None:
        assert response.status_code in (201, 422)
        return
    body = problem(response)
    assert (response.status_code, body["type"]) == (422, "/problems/invalid")
    assert [error["pointer"] for error in body["errors"]] == [pointer]
    assert not any(word in response.text for word in SECRET.split())


@pytest.mark.parametrize(
    "mark",
    list("\n\r\t\x1b\x7f\x85\u2028\u202e\u2066\u200b\u200e\ufeff\ue000"),
)
async def test_a_name_is_one_line_of_what_can_be_seen(
    http: httpx.AsyncClient, bearer: TokenMaker, mark: str
) -> None:
    response = await post(http, bearer(), json.dumps(GOOD | {"family_name": f"Sm{mark}ith"}))
    assert response.status_code == 422
    (error,) = problem(response)["errors"]
    assert error["pointer"] == "#/family_name"
    assert "line breaks" in error["detail"]


@pytest.mark.parametrize(
    "name",
    [
        *("O'Brien", "O\u2019Brien", "Müller-Lüdenscheidt", "Nguye\u0302\u0303n", "D. J. van 't Hof"),
        *("山田", "𠮷野", "بن سلمان", "לוי", "می\u200cنا", "क्\u200dष"),
    ],
)
async def test_names_of_all_peoples_are_names(http: httpx.AsyncClient, bearer: TokenMaker, name: str) -> None:
    response = await post(http, bearer(), json.dumps(GOOD | {"family_name": name}))
    assert (response.status_code, response.json()["family_name"]) == (201, name)


@pytest.mark.parametrize("nul", ["\\u0000", "\0"])
async def test_nul_characters_are_refused(http: httpx.AsyncClient, bearer: TokenMaker, nul: str) -> None:
    response = await post(http, bearer(), json.dumps(GOOD).replace("Smith", f"Sm{nul}ith"))
    assert (response.status_code, problem(response)["type"]) == (422, "/problems/invalid")


async def test_nul_in_an_address_is_refused(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    for path in ("/v1/list?text=a%00b", "/v1/things/%00"):
        response = await http.get(path, headers=bearer())
        assert (response.status_code, problem(response)["type"]) == (400, "/problems/malformed")


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
async def test_what_is_not_json_is_not_guessed(
    http: httpx.AsyncClient, bearer: TokenMaker, kind: str | None
) -> None:
    headers = bearer() | ({"Content-Type": kind} if kind else {})
    response = await http.post("/v1/bookings", content=json.dumps(GOOD), headers=headers)
    assert (response.status_code, problem(response)["type"]) == (415, "/problems/unsupported-media-type")


async def test_a_body_too_large_is_refused_unread(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    response = await post(http, bearer(), b" " * (MAX_BODY_BYTES + 1))
    assert (response.status_code, problem(response)["type"]) == (413, "/problems/too-large")
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/v1/bookings", "/v1/plain"])
async def test_a_body_of_unknown_length_is_cut_off(
    http: httpx.AsyncClient, bearer: TokenMaker, path: str
) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 65536
            yield b" " * 65536

    headers = bearer() | {"Content-Type": "application/json"}
    response = await http.post(path, content=endless(), headers=headers)
    assert (response.status_code, problem(response)["type"]) == (413, "/problems/too-large")
    assert sent < 3 * MAX_BODY_BYTES


async def test_a_plain_fastapi_body_has_the_same_problems(
    http: httpx.AsyncClient, bearer: TokenMaker
) -> None:
    headers = bearer()
    assert (await http.post("/v1/plain", json={"note": "x"}, headers=headers)).status_code == 200
    for content in (b"{", b"[" * 100_000, b'{"note": "Xanthippe", "who": 1}', b'{"note": 5}'):
        response = await http.post(
            "/v1/plain", content=content, headers=headers | {"Content-Type": "application/json"}
        )
        assert problem(response)["type"] in ("/problems/malformed", "/problems/invalid")
        assert "Xanthippe" not in response.text


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/nowhere", 404, "not-found"),
        ("/v1/bookings/", 404, "not-found"),
        ("/v1/bookings", 405, "method-not-allowed"),
        ("/v1/things/Xanthippe", 422, "invalid"),
        ("/v1/things/00000000-0000-0000-0000-000000000001?at=Xanthippe", 422, "invalid"),
        ("/v1/list?limit=0", 422, "invalid"),
        ("/v1/list?limit=201", 422, "invalid"),
        ("/v1/list?limit=Xanthippe", 422, "invalid"),
        ("/v1/list?cursor=Xanthippe", 422, "invalid"),
        ("/v1/list?cursor=WyJ4Il0", 422, "invalid"),
        ("/v1/list?cursor=!", 422, "invalid"),
    ],
)
async def test_an_address_that_does_not_fit(
    http: httpx.AsyncClient, bearer: TokenMaker, path: str, status: int, kind: str
) -> None:
    response = await http.get(path, headers=bearer())
    assert (response.status_code, problem(response)["type"]) == (status, f"/problems/{kind}")
    assert "Xanthippe" not in response.text


async def test_an_address_names_all_its_methods(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    for path, methods in (("/v1/things/x", "DELETE, GET, HEAD"), ("/v1/bookings", "POST")):
        response = await http.patch(path, headers=bearer())
        assert (response.status_code, response.headers["allow"]) == (405, methods)


@pytest.mark.parametrize(
    "content",
    [
        '{"family_name": "Smith", "starts_at": "2031-03-04T09:00:00Z", "family_name": "Quux"}',
        '{"family_name": "Smith", "starts_at": "2031-03-04T09:00:00Z", "family_name" : "Quux"}',
        '{"family_name": "Smith", "starts_at": "2031-03-04T09:00:00Z", "\\u0066amily_name": "Quux"}',
        '{"family_name":"Smith","starts_at":"2031-03-04T09:00:00Z","minutes":5,"minutes":5}',
    ],
)
async def test_a_name_that_stands_twice(http: httpx.AsyncClient, bearer: TokenMaker, content: str) -> None:
    response = await post(http, bearer(), content)
    assert (response.status_code, problem(response)["type"]) == (422, "/problems/invalid")
    assert "same name twice" in problem(response)["detail"]
    assert "Quux" not in response.text


@pytest.mark.parametrize(
    "name", ["Smith", 'minutes":5', "family_name", '"family_name": ', ":5", ' , "minutes": ', "\\"]
)
async def test_what_only_looks_like_a_name_twice_is_taken(
    http: httpx.AsyncClient, bearer: TokenMaker, name: str
) -> None:
    for separators in ((",", ":"), (" , ", " : ")):
        body = json.dumps(GOOD | {"family_name": name, "minutes": 5}, separators=separators)
        assert (await post(http, bearer(), body)).status_code == 201


async def test_a_plus_in_a_query_is_understood(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    thing = "/v1/things/00000000-0000-0000-0000-000000000001?at=2031-03-04T09:00:00+01:00"
    assert (await http.get(thing, headers=bearer())).json() == {"at": "2031-03-04T08:00:00Z"}


async def test_a_cursor_comes_back_as_it_was(http: httpx.AsyncClient, bearer: TokenMaker) -> None:
    first = (await http.get("/v1/list", headers=bearer())).json()
    second = (await http.get("/v1/list", params={"cursor": first["next"]}, headers=bearer())).json()
    assert (first["after"], first["limit"]) == (None, 50)
    assert second["after"] == ["00000000-0000-0000-0000-000000000001", 5]


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 256])
async def test_an_idempotency_key_out_of_form(http: httpx.AsyncClient, bearer: TokenMaker, key: str) -> None:
    headers = [(name.encode(), value.encode()) for name, value in bearer().items()]
    headers.append((b"Idempotency-Key", key.encode()))
    response = await http.post("/v1/bookings", json=GOOD, headers=headers)
    assert (response.status_code, problem(response)["type"]) == (422, "/problems/invalid")


@pytest.mark.parametrize("version", ["7", 'W/"7"', '"seven"', '"7", "8"', '"' + "9" * 30 + '"'])
async def test_an_if_match_out_of_form(http: httpx.AsyncClient, bearer: TokenMaker, version: str) -> None:
    response = await http.post("/v1/bookings", json=GOOD, headers=bearer() | {"If-Match": version})
    assert (response.status_code, problem(response)["type"]) == (422, "/problems/invalid")
