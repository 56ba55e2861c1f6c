"""The huddle's agenda and a patient's appointments over HTTP, and the rebuild that must equal them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from backbone.projecting import Projection
from backbone.projecting.engine import Engine, projection_pool
from backbone.projecting.generations import live
from backbone.projecting.rebuilding import rebuild
from backbone.projecting.tables import Tables
from services.projections.kafka import PROJECTIONS
from tests.services.projections.http.morning import FASTING, HARBOR, HILL, a_morning
from tests.services.projections.telling import named, rows
from tests.services.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def day(world: World) -> str:
    return await a_morning(world)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agenda(world: World, day: str) -> dict[str, Any]:
    """The day as a scheduler reads it."""
    return await read(world)


async def read(world: World, headers: dict[str, str] | None = None, **query: Any) -> dict[str, Any]:
    wanted = {"facility_id": HARBOR, "date": "2026-03-02", **query}
    answer = await world.get("/v1/agenda", headers, wanted)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def names(visits: list[dict[str, Any]]) -> list[str]:
    known = {
        str(named(each)): each for each in ("v ana", "v ben", "v cho", "v dee", "v old", "v new", "v held")
    }
    return [known[visit["appointment_id"]] for visit in visits]


async def test_the_day_is_told_by_provider_guests_included(agenda: dict[str, Any]) -> None:
    by_provider = {each["name"]: names(each["visits"]) for each in agenda["providers"]}
    assert by_provider == {
        "Dr. Chan": ["v ana", "v held", "v new"],
        "Dr. Diaz": ["v dee"],
        "Dr. Guest": ["v cho"],
    }
    first = agenda["providers"][0]["visits"][0]
    assert first["patient"]["family_name"] == "Anason"


async def test_what_changed_since_yesterday_evening_is_told_and_nothing_older(agenda: dict[str, Any]) -> None:
    assert agenda["since"] == "2026-03-01T22:00:00Z"
    told = dict(zip(names(agenda["changes"]), agenda["changes"], strict=True))
    assert {name: change["kind"] for name, change in told.items()} == {
        "v ben": "cancelled",
        "v old": "moved",
        "v new": "booked",
    }
    assert (told["v ben"]["by"], told["v ben"]["reason_code"]) == ("patient", "feels-better")
    assert told["v old"]["before"]["starts_at"] == "2026-03-02T14:00:00Z"
    assert told["v old"]["starts_at"] == "2026-03-03T14:00:00Z"


async def test_who_is_away_what_is_not_ready_and_what_is_to_do(agenda: dict[str, Any]) -> None:
    assert [(each["name"], each["reason"]) for each in agenda["away"]] == [("Dr. Diaz", "surgery")]
    (missing,) = agenda["not_ready"]
    assert missing["appointment_id"] == str(named("v ana"))
    assert missing["missing"][0]["text"] == FASTING.text
    assert [task["task_id"] for task in agenda["tasks"]] == [str(named("task open"))]


async def test_a_delay_stands_in_the_agenda(world: World, day: str) -> None:
    said = await world.http.post(
        "/v1/delays",
        json={"resource_id": str(named("Dr. Chan")), "minutes": 15},
        params={"at_least": day},
        headers=world.token(),
    )
    body = await read(world, at_least=said.json()["position"])
    assert [(each["name"], each["minutes"]) for each in body["delays"]] == [("Dr. Chan", 15)]


async def test_a_hold_that_ran_out_is_no_visit(world: World, agenda: dict[str, Any]) -> None:
    world.clock.advance(timedelta(minutes=6))
    try:
        assert "v held" not in names((await read(world))["providers"][0]["visits"])
    finally:
        world.clock.advance(timedelta(minutes=-6))


async def test_whose_agenda_it_is_not(world: World, agenda: dict[str, Any]) -> None:
    wanted = {"facility_id": HARBOR, "date": "2026-03-02"}
    hill = world.token("scheduler", facility_ids=[HILL])
    assert (await world.get("/v1/agenda", hill, wanted)).status_code == 404
    assert (await world.get("/v1/agenda", None, {"facility_id": uuid4()})).status_code == 404
    patient = world.token("patient", patient_ids=[named("ana")])
    assert (await world.get("/v1/agenda", patient, wanted)).status_code == 403
    assert "patient" not in str((await read(world, world.token("ops")))["providers"])


async def test_a_day_beyond_the_calendar_is_refused(world: World, agenda: dict[str, Any]) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        wanted = {"facility_id": HARBOR, "date": day}
        assert (await world.get("/v1/agenda", None, wanted)).status_code == 422
        path = f"/v1/patients/{named('ben')}/appointments"
        assert (await world.get(path, query={"from": day, "to": day})).status_code == 422


async def test_a_patients_appointments_in_order_page_by_page(world: World, agenda: dict[str, Any]) -> None:
    path = f"/v1/patients/{named('ben')}/appointments"
    whole = (await world.get(path)).json()
    assert names(whole["appointments"]) == ["v ben", "v old"]
    assert [each["status"] for each in whole["appointments"]] == ["cancelled", "booked"]
    first = (await world.get(path, query={"limit": 1})).json()
    second = (await world.get(path, query={"limit": 1, "cursor": first["next"]})).json()
    assert names(first["appointments"] + second["appointments"]) == ["v ben", "v old"]
    assert second["next"] is None
    later = (await world.get(path, query={"from": "2026-03-03"})).json()
    assert names(later["appointments"]) == ["v old"]


async def test_a_patients_own_token_opens_nobody_elses(world: World, agenda: dict[str, Any]) -> None:
    ana = world.token("patient", patient_ids=[named("ana")])
    assert (await world.get(f"/v1/patients/{named('ana')}/appointments", ana)).status_code == 200
    assert (await world.get(f"/v1/patients/{named('ben')}/appointments", ana)).status_code == 404
    assert (await world.get(f"/v1/patients/{uuid4()}/appointments")).status_code == 404
    denied = [each for each in await world.accesses(named("ben")) if each["outcome"] == "denied"]
    assert [each["action"] for each in denied] == ["patients.appointments"]


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
async def test_a_rebuild_equals_what_is_live(
    world: World, agenda: dict[str, Any], projection: Projection
) -> None:
    environment = world.environment
    tables = [
        line.split()[2].removesuffix("{g}") for line in projection.tables.splitlines() if "TABLE" in line
    ]
    url = environment.database_url("projections")
    async with await projection_pool(url, "projections") as pool:
        async with pool.acquire() as connection:
            before = await live(connection, projection.name)
            assert before is not None
            expected = await rows(Tables(connection, before.number), tables)
        assert any(expected.values())
        engine = Engine(pool, environment.kafka, "projections", environment.privacy.letters)
        number = await rebuild(engine, projection)
        async with pool.acquire() as connection:
            assert number == before.number + 1
            assert await rows(Tables(connection, number), tables) == expected
