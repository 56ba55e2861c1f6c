"""Two processes, one store: what one has set up binds the other, however old its picture is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from backbone.projecting.reading import ProjectionReader
from backbone.service import Environment
from backbone.store.decision import Accepted, Outcome
from backbone.web.caller import Caller
from services.booking.commands.setup import AddAbsence, AddResource, SetTemplate
from services.booking.handling.asker import Asker
from services.booking.handling.patients import Patients
from services.booking.handling.setting_up import SettingUp
from services.booking.patients.index import PatientIndex
from services.booking.patients.search import Finder
from services.booking.service import BookingService
from services.booking.store import BookingStore
from tests.services.booking.clinic import asking
from tests.services.booking.serving import MONDAY, NOW, Front

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def elsewhere(front: Front) -> AsyncIterator[SettingUp]:
    """Another process' way to the same store."""
    there = front.environment
    environment = Environment(there.settings, there.clock, there.kafka, there.privacy, there.database_urls)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(BookingService(environment)._store())
        yield SettingUp(BookingStore(store))


@pytest_asyncio.fixture(loop_scope="module")
async def other_patients(front: Front, elsewhere: SettingUp) -> Patients:
    """The same process' patients."""
    privacy = front.environment.privacy
    index = ProjectionReader(front.environment.pool("booking"), PatientIndex)
    return Patients(elsewhere._store, privacy, Finder(index, privacy))


def scheduler() -> Asker:
    caller = Caller("somebody", frozenset({"scheduler"}), "user", "HOPERAT")
    return Asker(caller, asking(NOW))


def accepted(outcome: Outcome) -> Accepted:
    assert isinstance(outcome, Accepted), outcome
    return outcome


def times(start: str, end: str) -> AddAbsence:
    return AddAbsence.model_validate(
        {
            "starts_at": f"{MONDAY}T{start}:00-04:00",
            "ends_at": f"{MONDAY}T{end}:00-04:00",
            "reason": "meeting",
        }
    )


async def test_what_was_added_elsewhere_can_be_booked_at_once(front: Front, elsewhere: SettingUp) -> None:
    wanted = AddResource(facility_id=UUID(front.ids["Main"]), kind="provider", name="Far")
    answer = accepted(await elsewhere.add_resource(scheduler(), wanted)).answer
    front.ids["Far"] = answer["resource_id"]
    refused = await front.post("/v1/appointments", front.wanted("Alba", "09:00", "Far"), 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["template"]
    week = SetTemplate.model_validate(
        {"effective_from": "2030-01-01", "weekly": [{"day": "MO", "from": "09:00", "to": "17:00"}]}
    )
    accepted(await elsewhere.set_template(scheduler(), UUID(front.ids["Far"]), week))
    await front.book("Alba", "09:00", "Far")


async def test_an_absence_that_was_added_elsewhere_binds_and_unbinds(
    front: Front, elsewhere: SettingUp
) -> None:
    baker = UUID(front.ids["Baker"])
    await front.book("Alba", "10:00", "Baker")
    away = accepted(await elsewhere.add_absence(scheduler(), baker, times("11:00", "12:00"))).answer
    refused = await front.post("/v1/appointments", front.wanted("Boyle", "11:00", "Baker"), 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["absence"]
    accepted(await elsewhere.remove_absence(scheduler(), baker, UUID(away["absence_id"])))
    await front.book("Boyle", "11:00", "Baker")
    hit = accepted(await elsewhere.add_absence(scheduler(), baker, times("10:15", "10:30"))).answer
    assert len(hit["affected"]) == 1


async def test_the_next_search_knows_what_was_changed_elsewhere(front: Front, elsewhere: SettingUp) -> None:
    seen = UUID(await front.resource("Seen", "Main"))

    async def starts() -> set[str]:
        asked: dict[str, Any] = {
            "visit_type": "check-up",
            "from": f"{MONDAY}T11:00:00-04:00",
            "to": f"{MONDAY}T12:00:00-04:00",
            "facility_id": front.ids["Main"],
            "resource_id": str(seen),
        }
        answer = await front.get("/v1/availability", **asked)
        return {proposal["starts_at"] for proposal in answer["proposals"]}

    assert len(await starts()) == 12
    away = accepted(await elsewhere.add_absence(scheduler(), seen, times("11:00", "12:30"))).answer
    assert await starts() == set()
    accepted(await elsewhere.remove_absence(scheduler(), seen, UUID(away["absence_id"])))
    assert len(await starts()) == 12


async def test_records_that_were_merged_elsewhere_are_one_persons_time(
    front: Front, other_patients: Patients
) -> None:
    stays, goes = UUID(await front.patient("Kerr")), UUID(await front.patient("Kurr"))
    await front.book("Kerr", "13:00")
    await front.book("Kurr", "13:30")
    accepted(await other_patients.merge(scheduler(), stays, goes))
    refused = await front.post("/v1/appointments", front.wanted("Kerr", "13:30", "Baker"), 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["patient"]
    accepted(await other_patients.unmerge(scheduler(), stays, goes))
    await front.post("/v1/appointments", front.wanted("Kerr", "13:30", "Baker"), 201)
    kurr = await front.post("/v1/appointments", front.wanted("Kurr", "14:00", "Baker"), 201)
    read = await front.get(f"/v1/appointments/{kurr['appointment_id']}")
    assert read["patient_id"] == str(goes)


async def test_what_was_retired_elsewhere_takes_no_more(front: Front, elsewhere: SettingUp) -> None:
    gone = UUID(await front.resource("Gone", "Main"))
    accepted(await elsewhere.retire(scheduler(), gone))
    await front.post("/v1/appointments", front.wanted("Alba", "12:00", "Gone"), 422)


async def test_whatever_comes_first_no_task_is_left_for_a_visit_that_moved_away(
    front: Front, elsewhere: SettingUp
) -> None:
    provider = UUID(await front.resource("Fox", "Main"))
    booked = []
    for n in range(8):
        await front.patient(f"Mover{n}")
        booked.append(await front.book(f"Mover{n}", f"{9 + n // 2:02}:{n % 2 * 30:02}", "Fox"))

    async def move(number: int) -> None:
        path = f"/v1/appointments/{booked[number]['appointment_id']}/reschedule"
        to = f"{MONDAY}T{13 + number // 2:02}:{number % 2 * 30:02}:00-04:00"
        await front.post(path, {"starts_at": to, "by": "clinic"}, 200)

    moves = [asyncio.create_task(move(number)) for number in range(8)]
    away = accepted(await elsewhere.add_absence(scheduler(), provider, times("09:00", "13:00")))
    await asyncio.gather(*moves)
    open_now = await elsewhere._store.open_tasks(*(UUID(one["appointment_id"]) for one in booked))
    assert open_now.tasks == ()
    done = await front.get("/v1/tasks", done=True, at_least=front.position, limit=200)
    rescheduled = {
        task["appointment_id"] for task in done["tasks"] if task.get("outcome_code") == "rescheduled"
    }
    assert set(away.answer["affected"]) <= rescheduled
