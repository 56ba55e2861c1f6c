"""A delay reported over HTTP: kept as an event, seen by whoever may, gone with the day."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from backbone.web.caller import Role
from tests.services.projections.telling import NINE, named
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAN, DIAZ, ROOM = (str(named(name)) for name in ("Dr. Chan", "Dr. Diaz", "Room 1"))


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def clinic(world: World) -> str:
    """Two facilities, a provider each and a room; the position to read them by."""
    await world.facility("Harbor")
    await world.facility("Hill")
    await world.resource("Dr. Chan", "Harbor")
    await world.resource("Room 1", "Harbor", "room")
    position = await world.resource("Dr. Diaz", "Hill")
    await world.settled()
    return position


@pytest.fixture(autouse=True)
def morning(world: World) -> None:
    """Each test starts on a day of its own, so that no delay of another is left."""
    world.clock.advance(timedelta(days=1))


async def report(
    world: World, body: dict[str, object], position: str, **headers: str
) -> tuple[int, dict[str, Any]]:
    answer = await world.http.post(
        "/v1/delays", params={"at_least": position}, json=body, headers=world.token() | headers
    )
    return answer.status_code, answer.json()


async def listed(world: World, facility: str = "Harbor", *roles: Role) -> list[dict[str, Any]]:
    answer = await world.get("/v1/delays", world.token(*roles), {"facility_id": named(facility)})
    assert answer.status_code == 200, answer.text
    delays: list[dict[str, Any]] = answer.json()["delays"]
    return delays


async def test_a_delay_is_reported_listed_replaced_and_cleared(world: World, clinic: str) -> None:
    status, first = await report(world, {"resource_id": CHAN, "minutes": 20, "reason": "emergency"}, clinic)
    assert (status, first["minutes"], first["reason_code"]) == (201, 20, "emergency")
    status, second = await report(world, {"resource_id": CHAN, "minutes": 45}, clinic)
    assert (status, second["version"]) == (201, first["version"] + 1)
    assert [(each["name"], each["minutes"]) for each in await listed(world)] == [("Dr. Chan", 45)]

    cleared = await world.http.delete(f"/v1/delays/{CHAN}", headers=world.token())
    assert (cleared.status_code, cleared.json()["minutes"]) == (200, 0)
    assert await listed(world) == []
    again = await world.http.delete(f"/v1/delays/{CHAN}", headers=world.token())
    assert (again.status_code, again.json()["type"]) == (409, "/problems/nothing-to-clear")


async def test_it_does_not_leak_into_tomorrow(world: World, clinic: str) -> None:
    await report(world, {"resource_id": CHAN, "minutes": 30}, clinic)
    world.clock.advance(timedelta(hours=14))
    assert len(await listed(world)) == 1, "23:00 of the same day"
    world.clock.advance(timedelta(hours=1))
    assert await listed(world) == []
    late = await world.http.delete(f"/v1/delays/{CHAN}", headers=world.token())
    assert late.status_code == 409


async def test_free_words_are_kept_as_ciphertext_and_shown_to_those_who_may(
    world: World, clinic: str
) -> None:
    words = "stayed with Mrs. Abernathy"
    status, said = await report(world, {"resource_id": CHAN, "minutes": 15, "reason": words}, clinic)
    assert (status, said["reason_code"]) == (201, "other")
    assert words not in str(said)
    connection = await world.environment.connect("patient_flow")
    states = await connection.fetch("SELECT state FROM stored_events WHERE originator_id = $1", UUID(CHAN))
    await connection.close()
    assert not any(b"Abernathy" in row["state"] for row in states)
    assert (await listed(world, "Harbor", "clinician"))[0]["reason"] == words
    assert (await listed(world, "Harbor", "ops"))[0]["reason"] == "other"


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"resource_id": CHAN, "minutes": 0}, 422, "invalid"),
        ({"resource_id": CHAN, "minutes": 601}, 422, "invalid"),
        ({"resource_id": CHAN, "minutes": "20"}, 422, "invalid"),
        ({"resource_id": CHAN, "minutes": 20, "why": "x"}, 422, "invalid"),
        ({"resource_id": CHAN, "minutes": 20, "reason": "a\0b"}, 422, "invalid"),
        ({"resource_id": "chan", "minutes": 20}, 422, "invalid"),
        ({"resource_id": ROOM, "minutes": 20}, 422, "invalid"),
        ({"resource_id": str(uuid4()), "minutes": 20}, 404, "not-found"),
        ({}, 422, "invalid"),
    ],
)
async def test_bad_input_gets_a_clear_problem_and_changes_nothing(
    world: World, clinic: str, body: dict[str, object], status: int, problem: str
) -> None:
    got, answer = await report(world, body, clinic)
    assert (got, answer["type"]) == (status, f"/problems/{problem}")
    assert await listed(world) == []


async def test_another_facility_does_not_exist(world: World, clinic: str) -> None:
    hill_only = world.token("scheduler", facility_ids=[named("Hill")])
    body = {"resource_id": CHAN, "minutes": 20}
    answer = await world.http.post("/v1/delays", json=body, headers=hill_only)
    assert answer.status_code == 404
    assert (await world.http.delete(f"/v1/delays/{CHAN}", headers=hill_only)).status_code == 404
    assert (await world.get("/v1/delays", hill_only, {"facility_id": named("Harbor")})).status_code == 404
    patient = world.token("patient", patient_ids=[uuid4()])
    assert (await world.http.post("/v1/delays", json=body, headers=patient)).status_code == 403


async def test_a_repeated_request_is_one_report(world: World, clinic: str) -> None:
    body = {"resource_id": DIAZ, "minutes": 10}
    key = {"Idempotency-Key": "retry-1"}
    first = await report(world, body, clinic, **key)
    assert await report(world, body, clinic, **key) == first
    status, answer = await report(world, body | {"minutes": 11}, clinic, **key)
    assert (status, answer["type"]) == (422, "/problems/idempotency-key-reused")


async def test_a_stale_version_is_told(world: World, clinic: str) -> None:
    _, first = await report(world, {"resource_id": DIAZ, "minutes": 10}, clinic)
    etag = {"If-Match": f'"{first["version"]}"'}
    status, _ = await report(world, {"resource_id": DIAZ, "minutes": 20}, clinic, **etag)
    assert status == 201
    status, answer = await report(world, {"resource_id": DIAZ, "minutes": 30}, clinic, **etag)
    assert (status, answer["type"]) == (412, "/problems/stale-version")


async def test_a_position_that_was_never_given_is_refused(world: World) -> None:
    status, answer = await report(world, {"resource_id": CHAN, "minutes": 10}, "bm9uc2Vuc2U")
    assert (status, answer["type"]) == (422, "/problems/invalid")
    assert world.clock.now() > NINE
