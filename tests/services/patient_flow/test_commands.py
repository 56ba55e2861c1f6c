"""Delays reported by another system over Kafka; what is booking's is left to booking."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from backbone.telemetry.metrics import Metrics
from services.patient_flow.service import PatientFlowService
from tests.services.projections.telling import named
from tests.services.world import ROOT, World
from tests.support.other_system import OtherSystem, open_system, prepare_commanding, registered

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAN, DIAZ, ROOM = (str(named(name)) for name in ("Dr. Chan", "Dr. Diaz", "Room 1"))


@dataclass
class House:
    """Patient flow, a system that knows of both facilities, and one of Hill only."""

    world: World
    ward: OtherSystem
    hill: OtherSystem


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(world: World) -> AsyncIterator[House]:
    await world.facility("Harbor")
    await world.facility("Hill")
    await world.resource("Dr. Chan", "Harbor")
    await world.resource("Room 1", "Harbor", "room")
    await world.resource("Dr. Diaz", "Hill")
    await world.settled()
    database = world.environment.database_url("patient_flow")
    commanding = await prepare_commanding(database, ROOT)
    await registered(database, "ward", "system")
    await registered(database, "hill", "clinician", facility_ids=[named("Hill")])
    environment = replace(world.environment, commanding=commanding, metrics=Metrics())
    async with (
        open_system(environment.kafka, "ward", commanding) as ward,
        open_system(environment.kafka, "hill", commanding) as hill,
        PatientFlowService(environment).workers(),
    ):
        yield House(world, ward, hill)


@pytest.fixture(autouse=True)
def morning(house: House) -> None:
    """Each test has a day of its own."""
    house.world.clock.advance(timedelta(days=1))


async def listed(house: House) -> list[dict[str, Any]]:
    answer = await house.world.get(
        "/v1/delays", house.world.token("clinician"), {"facility_id": named("Harbor")}
    )
    delays: list[dict[str, Any]] = answer.json()["delays"]
    return delays


async def test_a_delay_is_reported_and_cleared(house: House) -> None:
    ward = house.ward
    told = await ward.accepted("ReportDelay", {"resource_id": CHAN, "minutes": 20, "reason": "emergency"})
    assert (told["minutes"], told["reason_code"]) == (20, "emergency")
    assert [each["minutes"] for each in await listed(house)] == [20]
    assert (await ward.accepted("ClearDelay", {}, subject=CHAN))["minutes"] == 0
    assert await listed(house) == []
    assert await ward.refused("ClearDelay", {"resource_id": CHAN}) == "nothing-to-clear"


async def test_free_words_come_encrypted_and_are_kept_so(house: House) -> None:
    ward = house.ward
    words = "stayed with Mrs. Abernathy"
    assert (
        await ward.refused("ReportDelay", {"resource_id": CHAN, "minutes": 5, "reason": words}) == "invalid"
    )
    told = await ward.accepted(
        "ReportDelay", {"resource_id": CHAN, "minutes": 15, "reason": ward.secret(words)}
    )
    assert told["reason_code"] == "other"
    assert (await listed(house))[0]["reason"] == words
    connection = await house.world.environment.connect("patient_flow")
    states = await connection.fetch("SELECT state FROM stored_events WHERE originator_id = $1", UUID(CHAN))
    await connection.close()
    assert not any(b"Abernathy" in row["state"] for row in states)


@pytest.mark.parametrize(
    ("name", "body", "problem"),
    [
        ("ReportDelay", {"resource_id": CHAN, "minutes": 0}, "invalid"),
        ("ReportDelay", {"resource_id": CHAN, "minutes": 5, "why": 1}, "invalid"),
        ("ReportDelay", {"resource_id": ROOM, "minutes": 5}, "invalid"),
        ("ReportDelay", {"resource_id": str(uuid4()), "minutes": 5}, "not-found"),
        ("ReportDelay", [], "invalid"),
        ("ReportDelay", b"no json", "malformed"),
        ("ClearDelay", {}, "invalid"),
        ("ClearDelay", {"resource_id": CHAN, "minutes": 1}, "invalid"),
    ],
)
async def test_what_can_not_be_done_is_refused(house: House, name: str, body: Any, problem: str) -> None:
    assert await house.ward.refused(name, body) == problem


async def test_another_facility_does_not_exist(house: House) -> None:
    assert await house.hill.refused("ReportDelay", {"resource_id": CHAN, "minutes": 5}) == "not-found"
    await house.hill.accepted("ReportDelay", {"resource_id": DIAZ, "minutes": 5})


async def test_delivered_again_it_is_one_report(house: House) -> None:
    ward = house.ward
    body = {"resource_id": CHAN, "minutes": 10}
    id = await ward.send("ReportDelay", body)
    first = await ward.answered(id)
    await ward.send("ReportDelay", body | {"minutes": 99}, id=id)
    assert await ward.answered(id, times=2) == first
    assert [(each["minutes"], each["version"]) for each in await listed(house)] == [
        (10, first.body["version"])
    ]
    stale = {"expectedversion": str(first.body["version"] - 1)}
    assert await ward.refused("ReportDelay", body, **stale) == "stale-version"


async def test_what_is_bookings_is_left_to_booking(house: House) -> None:
    """Also what is nobody's: else it would be answered twice."""
    ward, letters = house.ward, len(house.ward.letters)
    about = {"subject": CHAN}
    others = [await ward.send(name, {}, **about) for name in ("BookAppointment", "Dance", "MergePatients")]
    await ward.send_raw(b"no event", [], CHAN.encode())
    await ward.accepted("ReportDelay", {"resource_id": CHAN, "minutes": 5}, **about)
    assert not ward.answers.keys() & set(others)
    assert len(ward.letters) == letters
