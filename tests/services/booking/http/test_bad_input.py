"""Whatever is sent: a clear problem, nothing changed, nothing stopped."""

from base64 import urlsafe_b64encode
from json import dumps
from typing import Any

import pytest

from tests.services.booking.serving import MONDAY, Front, unknown

pytestmark = pytest.mark.asyncio(loop_scope="module")


def at(clock_time: str, day: object = MONDAY, offset: str = "-04:00") -> str:
    return f"{day}T{clock_time}{offset}"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"starts_at": at("09:03:00")}, 422),
        ({"starts_at": at("09:00:01")}, 422),
        ({"starts_at": "2029-03-11T09:00:00-04:00"}, 422),
        ({"starts_at": "2050-03-11T09:00:00-04:00"}, 422),
        ({"starts_at": "2030-03-11"}, 422),
        ({"starts_at": "2030-03-11T09:00:00"}, 422),
        ({"starts_at": 1767225600}, 422),
        ({"starts_at": "1899460800"}, 422),
        ({"starts_at": "2030-03-10T02:30:00-05:00"}, 422),
        ({"ends_at": at("09:00:00")}, 422),
        ({"ends_at": "2030-03-12T05:00:00-04:00"}, 422),
        ({"ends_at": at("08:00:00")}, 422),
        ({"visit_type": "none"}, 404),
        ({"visit_type": "\u0000"}, 422),
        ({"visit_type": 7}, 422),
        ({"resource_ids": []}, 422),
        ({"resource_ids": [unknown()]}, 404),
        ({"resource_ids": ["x"]}, 422),
        ({"resource_ids": [unknown()] * 50}, 422),
        ({"resources": []}, 422),
        ({"reason": "a\u0000b"}, 422),
        ({"reason": "x" * 5000}, 422),
        ({"reason": ""}, 422),
        ({"priority": "whenever"}, 422),
        ({"colour": "green"}, 422),
        ({"patient_id": None}, 422),
        ({"patient_id": unknown()}, 404),
        ({"override": {"of": [], "reason_code": "x"}}, 422),
        ({"override": {"of": ["gravity"], "reason_code": "x"}}, 422),
        ({"override": {"of": ["taken"]}}, 422),
        ({"hold": "x"}, 422),
        ({"hold": unknown()}, 422),
    ],
)
async def test_bad_bookings(front: Front, change: dict[str, Any], status: int) -> None:
    before = await count(front)
    answer = await front.post("/v1/appointments", front.wanted("Alba", "09:00") | change, status)
    assert answer["type"].startswith("/problems/")
    assert await count(front) == before


async def count(front: Front) -> int:
    connection = await front.environment.connect("booking")
    try:
        found: int = await connection.fetchval("SELECT count(*) FROM stored_events")
    finally:
        await connection.close()
    return found


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"hold": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", 400),
        (b"[" * 50_000, 400),
        (b"\xff\xfe", 400),
        (b'{"visit_type": "' + b"x" * 2_000_000 + b'"}', 413),
    ],
)
async def test_bad_bodies(front: Front, content: bytes, status: int) -> None:
    headers = front.token() | {"Content-Type": "application/json"}
    answer = await front.http.post("/v1/appointments", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/facilities", {"name": "X", "time_zone": "Nowhere", "phone": "1234567", "message_name": "X"}),
        ("/v1/facilities", {"name": "X", "time_zone": "../etc/passwd", "phone": "1234", "message_name": "X"}),
        ("/v1/facilities", {"name": "X", "time_zone": "posixrules", "phone": "1234", "message_name": "X"}),
        ("/v1/facilities", {"name": "X", "time_zone": "right/UTC", "phone": "1234", "message_name": "X"}),
        ("/v1/patients", {"family_name": "X", "given_names": "Y", "birth_date": "2031-01-01"}),
        ("/v1/patients", {"family_name": "X", "given_names": "Y", "birth_date": "9999-12-31"}),
        ("/v1/facilities", {"name": "X", "time_zone": "UTC", "phone": "call me", "message_name": "X"}),
        ("/v1/visit-types", {"code": "z", "name": "Z", "minutes": 0, "needs": [{"kind": "room"}]}),
        ("/v1/visit-types", {"code": "z", "name": "Z", "minutes": 1200, "needs": [{"kind": "room"}]}),
        ("/v1/visit-types", {"code": "z", "name": "Z", "minutes": 32, "needs": [{"kind": "room"}]}),
        ("/v1/visit-types", {"code": "a b", "name": "Z", "minutes": 30, "needs": [{"kind": "room"}]}),
        ("/v1/visit-types", {"code": "z", "name": "Z", "minutes": 30, "needs": [{"kind": "bed"}]}),
        (
            "/v1/visit-types",
            {
                "code": "z",
                "name": "Z",
                "minutes": 30,
                "needs": [{"kind": "room", "from_minute": 20, "minutes": 20}],
            },
        ),
        (
            "/v1/visit-types",
            {"code": "z", "name": "Z", "minutes": 30, "needs": [{"kind": "room", "count": 99}]},
        ),
        (
            "/v1/visit-types",
            {"code": "z", "name": "Z", "minutes": 30, "needs": [{"kind": "room"}], "seats": 0},
        ),
    ],
)
async def test_bad_setup(front: Front, path: str, body: dict[str, Any]) -> None:
    await front.post(path, body, 422)


@pytest.mark.parametrize(
    "week",
    [
        [{"day": "MO", "from": "12:00", "to": "09:00"}],
        [{"day": "MO", "from": "09:00", "to": "09:00"}],
        [{"day": "MO", "from": "09:03", "to": "12:00"}],
        [{"day": "MO", "from": "9:00", "to": "12:00"}],
        [{"day": "MO", "from": "18:00", "to": "1\u0660:00"}],
        [{"day": "MO", "from": "24:00", "to": "24:00"}],
        [{"day": "Monday", "from": "09:00", "to": "12:00"}],
        [{"day": "MO", "from": "09:00", "to": "12:00", "every_weeks": 0}],
        [{"day": "MO", "from": "09:00", "to": "12:00", "visit_types": ["none"]}],
    ],
)
async def test_bad_hours(front: Front, week: list[dict[str, Any]]) -> None:
    path = f"/v1/resources/{front.ids['Adams']}/template"
    await front.send("PUT", path, {"effective_from": "2030-01-01", "weekly": week}, 422)
    backwards = {"effective_from": "2030-02-01", "effective_to": "2030-01-01", "weekly": []}
    await front.send("PUT", path, backwards, 422)
    for day in ("0001-01-01", "9999-12-31"):
        await front.send("PUT", path, {"effective_from": day, "weekly": []}, 422)


async def test_bad_absences(front: Front) -> None:
    path = f"/v1/resources/{front.ids['Adams']}/absences"
    good = {"starts_at": at("09:00:00"), "ends_at": at("10:00:00"), "reason": "leave"}
    await front.post(path, good | {"ends_at": at("09:00:00")}, 422)
    await front.post(path, good | {"reason": "golf"}, 422)
    await front.post(path, good | {"ends_at": "2040-01-01T00:00:00Z"}, 422)
    await front.post(f"/v1/resources/{unknown()}/absences", good, 404)
    await front.send("DELETE", f"{path}/{unknown()}", None, 404)


async def test_bad_holds(front: Front) -> None:
    for seconds in (0, -1, 100_000, "60", 1.5):
        await front.post("/v1/holds", front.wanted(None, "09:00", expires_in_seconds=seconds), 422)
    await front.post("/v1/holds", front.wanted(None, "09:00", patient_id=unknown()), 404)


async def test_a_different_address_of_the_same_thing_is_none(front: Front) -> None:
    for path in ("/v1/appointments/x", "/v1/appointments/" + "a" * 5000, "/v1/nothing"):
        assert (await front.get(path))["_status"] in (404, 422)


async def test_a_cursor_that_was_never_given_out(front: Front) -> None:
    some = str(unknown())
    search: dict[str, Any] = {
        "visit_type": "check-up",
        "from": f"{MONDAY}T00:00:00Z",
        "to": f"{MONDAY}T23:00:00Z",
    }
    for first in ("-" + "9" * 30, "9" * 30, "x"):
        answer = await front.get("/v1/availability", None, **search, cursor=_cursor(first, some))
        assert (answer["_status"], answer["type"]) == (422, "/problems/invalid")
    for first in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2030-03-11T09:00:00"):
        assert (await front.get("/v1/tasks", cursor=_cursor(first, some)))["_status"] == 422


def _cursor(*parts: str) -> str:
    return urlsafe_b64encode(dumps(parts).encode()).rstrip(b"=").decode()
