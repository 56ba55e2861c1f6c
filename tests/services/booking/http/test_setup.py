"""Facilities, visit types, resources and their time, over HTTP."""

import asyncio
from functools import partial
from typing import Any

import pytest

from tests.services.booking.serving import MONDAY, Front, unknown
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


def slot(clock_time: str) -> str:
    return f"{MONDAY}T{clock_time}:00-04:00"


async def tasks_of(front: Front, appointment_id: str) -> list[dict[str, Any]]:
    async def told() -> dict[str, Any] | None:
        answer = await front.get("/v1/tasks", at_least=front.position, limit=200)
        return answer if answer["_status"] == 200 else None

    # The first consumer of a Kafka that has just started joins its group after some seconds.
    tasks = (await eventually(told, within=30))["tasks"]
    return [task for task in tasks if task.get("appointment_id") == appointment_id]


async def test_what_is_set_up_is_listed_page_by_page(front: Front) -> None:
    first = await front.get("/v1/resources", limit=2)
    rest = await front.get("/v1/resources", limit=200, cursor=first["next"])
    names = {each["name"] for each in first["resources"] + rest["resources"]}
    assert names >= {"Adams", "Baker", "Room 1", "Weber"}
    assert not {each["name"] for each in first["resources"]} & {each["name"] for each in rest["resources"]}
    rooms = await front.get("/v1/resources", kind="room")
    assert [each["name"] for each in rooms["resources"]] == ["Room 1"]
    radiology = await front.get("/v1/resources", specialty="radiology")
    assert [each["name"] for each in radiology["resources"]] == ["Baker"]
    full = await front.get(f"/v1/resources/{front.ids['Adams']}")
    assert full["templates"][0]["weekly"][0] | {"facility_id": None, "visit_types": None} == {
        "day": "MO",
        "from": "09:00",
        "to": "17:00",
        "every_weeks": 1,
        "facility_id": None,
        "visit_types": None,
    }
    types = await front.get("/v1/visit-types")
    assert "check-up" in {each["code"] for each in types["visit_types"]}


async def test_a_visit_type_has_its_code_for_itself(front: Front) -> None:
    body = {"code": "check-up", "name": "Again", "minutes": 15, "needs": [{"kind": "provider"}]}
    assert (await front.post("/v1/visit-types", body, 409))["type"] == "/problems/already-exists"
    changed = await front.send("PUT", "/v1/visit-types/check-up", body | {"minutes": 30}, 200)
    assert changed["version"] == 2
    await front.send("PUT", "/v1/visit-types/none", body | {"code": "none"}, 404)


async def test_only_who_sets_up_may(front: Front) -> None:
    body = {"name": "X", "time_zone": "UTC", "phone": "123456", "message_name": "X"}
    for role in ("front-desk", "clinician", "auditor"):
        await front.post("/v1/facilities", body, 403, front.token(role))
    assert (await front.http.get("/v1/facilities")).status_code == 401


async def test_what_concerns_all_facilities_is_for_who_has_them_all(front: Front) -> None:
    berlin = front.token("scheduler", facility_ids=[front.ids["Branch"]])
    facility = {"name": "X", "time_zone": "UTC", "phone": "123456", "message_name": "X"}
    kind = {"code": "mine", "name": "Mine", "minutes": 15, "needs": [{"kind": "provider"}]}
    assert (await front.post("/v1/facilities", facility, 403, berlin))["type"] == "/problems/forbidden"
    await front.post("/v1/visit-types", kind, 403, berlin)
    await front.send("PUT", "/v1/visit-types/check-up", kind | {"code": "check-up"}, 403, berlin)
    await front.send("PATCH", f"/v1/facilities/{front.ids['Branch']}", {"name": "Branch"}, 200, berlin)


async def test_hours_are_set_at_ones_own_facilities_only(front: Front) -> None:
    berlin = front.token("scheduler", facility_ids=[front.ids["Branch"]])
    hours = {"day": "MO", "from": "09:00", "to": "12:00", "facility_id": front.ids["Main"]}
    week = {"effective_from": "2030-01-01", "weekly": [hours]}
    await front.send("PUT", f"/v1/resources/{front.ids['Weber']}/template", week, 404, berlin)
    await front.send("PUT", f"/v1/resources/{front.ids['Adams']}/template", week, 404, berlin)


async def test_an_absence_makes_each_booking_a_task_that_is_done_once(front: Front) -> None:
    booked = await front.book("Alba", "09:00")
    path = f"/v1/resources/{front.ids['Adams']}/absences"
    body = {"starts_at": slot("09:15"), "ends_at": slot("12:00"), "reason": "surgery"}
    away = await front.post(path, body, 201)
    assert away["affected"] == [booked["appointment_id"]]
    refused = await front.post("/v1/appointments", front.wanted("Boyle", "10:00"), 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["absence"]

    (task,) = await tasks_of(front, booked["appointment_id"])
    assert (task["kind"], task["reason_code"], task["status"]) == ("rebook", "absence-surgery", "open")
    await front.post(f"/v1/tasks/{task['task_id']}/done", {"outcome_code": "rescheduled"}, 200)
    assert await tasks_of(front, booked["appointment_id"]) == []
    done = await front.get("/v1/tasks", done=True, at_least=front.position)
    assert task["task_id"] in {each["task_id"] for each in done["tasks"]}
    await front.post(f"/v1/tasks/{unknown()}/done", {}, 404)

    resource, patient = (
        path.removesuffix("/absences"),
        front.token("patient", patient_ids=[front.ids["Alba"]]),
    )
    assert away["absence_id"] in {each["absence_id"] for each in (await front.get(resource))["absences"]}
    assert (await front.get(resource, patient))["absences"] == []

    await front.send("DELETE", f"{path}/{away['absence_id']}", None, 200)
    await front.send("DELETE", f"{path}/{away['absence_id']}", None, 404)
    await front.book("Boyle", "10:00")


async def test_a_task_is_done_by_the_move_the_cancellation_or_the_end_of_the_absence(front: Front) -> None:
    provider = await front.resource("Ekman", "Main")
    booked = []
    for name, clock_time in (("Moved", "09:00"), ("Off", "09:30"), ("Wrong", "10:00"), ("Stays", "10:30")):
        await front.patient(name)
        booked.append((await front.book(name, clock_time, "Ekman"))["appointment_id"])
    path = f"/v1/resources/{provider}/absences"
    away = await front.post(
        path, {"starts_at": slot("09:00"), "ends_at": slot("12:00"), "reason": "leave"}, 201
    )
    assert away["affected"] == booked
    first = f"/v1/appointments/{booked[0]}/reschedule"
    await front.post(first, {"starts_at": slot("11:00"), "by": "clinic"}, 409)
    assert len(await tasks_of(front, booked[0])) == 1
    await front.post(first, {"starts_at": slot("14:00"), "by": "clinic"}, 200)
    await front.post(f"/v1/appointments/{booked[1]}/cancel", {"by": "clinic", "reason_code": "x"}, 200)
    await front.post(f"/v1/appointments/{booked[2]}/entered-in-error", {"reason_code": "x"}, 200)
    assert [len(await tasks_of(front, one)) for one in booked] == [0, 0, 0, 1]
    await front.send("DELETE", f"{path}/{away['absence_id']}", None, 200)
    assert await tasks_of(front, booked[3]) == []
    done = await front.get("/v1/tasks", done=True, at_least=front.position, limit=200)
    outcomes = {task.get("appointment_id"): task["outcome_code"] for task in done["tasks"]}
    assert [outcomes[one] for one in booked] == [
        "rescheduled",
        "cancelled",
        "entered-in-error",
        "not-needed",
    ]


async def test_no_booking_escapes_an_absence_that_is_entered_meanwhile(front: Front) -> None:
    provider = await front.resource("Cole", "Main")
    names = [f"Crowd{n}" for n in range(12)]
    for name in names:
        await front.patient(name)

    async def book(number: int) -> dict[str, Any]:
        clock_time = f"{9 + number // 2:02}:{number % 2 * 30:02}"
        return await front.post("/v1/appointments", front.wanted(names[number], clock_time, "Cole"))

    body = {"starts_at": slot("09:00"), "ends_at": slot("17:00"), "reason": "leave"}
    answers = await asyncio.gather(
        *(book(number) for number in range(6)),
        front.post(f"/v1/resources/{provider}/absences", body, 201),
        *(book(number) for number in range(6, 12)),
    )
    affected = set(answers[6]["affected"])
    booked = {answer["appointment_id"] for answer in answers if answer.get("status") == "booked"}
    assert booked == affected
    refused = [answer for answer in answers if answer["_status"] == 409]
    assert all({c["kind"] for c in answer["conflicts"]} == {"absence"} for answer in refused)
    assert len(booked) + len(refused) == 12


async def test_other_hours_and_retirement_leave_nothing_standing_silently(front: Front) -> None:
    provider = await front.resource("Diaz", "Main")
    await front.patient("Foss")
    booked = await front.book("Foss", "16:00", "Diaz")
    week = {"effective_from": str(MONDAY), "weekly": [{"day": "MO", "from": "09:00", "to": "12:00"}]}
    changed = await front.send("PUT", f"/v1/resources/{provider}/template", week, 200)
    assert changed["affected"] == [booked["appointment_id"]]
    refused = await front.post("/v1/appointments", front.wanted("Foss", "13:00", "Diaz"), 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["template"]
    by_name = front.wanted("Foss", "13:00", "Diaz", override={"of": ["template"], "reason_code": "favour"})
    await front.post("/v1/appointments", by_name, 201)
    retired = await front.post(f"/v1/resources/{provider}/retire", {}, 200)
    assert len(retired["affected"]) == 2
    await front.post("/v1/appointments", front.wanted("Foss", "10:00", "Diaz"), 422)
    await eventually(lambda: tasks_of(front, booked["appointment_id"]), within=5)
    assert len(await tasks_of(front, booked["appointment_id"])) == 2


async def test_no_booking_escapes_a_provider_who_serves_its_visit_type_no_more(front: Front) -> None:
    await front.visit_type("spirometry")
    await front.visit_type("counselling")
    provider = await front.resource("Ito", "Main")
    names = [f"Breath{n}" for n in range(8)]
    for name in names:
        await front.patient(name)

    async def book(number: int) -> dict[str, Any]:
        wanted = front.wanted(names[number], f"{9 + number:02}:00", "Ito", visit_type="spirometry")
        return await front.post("/v1/appointments", wanted)

    await front.patient("Alder")
    kept = await front.book("Alder", "16:30", "Ito", visit_type="counselling")
    answers = await asyncio.gather(
        *(book(number) for number in range(4)),
        front.send("PATCH", f"/v1/resources/{provider}", {"visit_types": ["counselling"]}, 200),
        *(book(number) for number in range(4, 8)),
    )
    booked = {answer["appointment_id"] for answer in answers if answer.get("status") == "booked"}
    assert booked == set(answers[4]["affected"])
    assert all(answer["_status"] == 422 for answer in answers if "detail" in answer)
    for appointment_id in booked:
        await eventually(partial(tasks_of, front, appointment_id), within=5)
    assert await tasks_of(front, kept["appointment_id"]) == []
    renamed = await front.send("PATCH", f"/v1/resources/{provider}", {"name": "Dr. Ito"}, 200)
    assert renamed["affected"] == []


async def test_null_changes_nothing_of_a_resource_but_that_it_may_serve_any_visit(front: Front) -> None:
    provider = await front.resource(
        "Nil", "Main", hours=False, specialties=["eyes"], visit_types=["check-up"]
    )
    path, nulls = f"/v1/resources/{provider}", dict.fromkeys(("name", "specialties", "capacity"))
    await front.send("PATCH", path, nulls, 200)
    read = await front.get(path)
    assert (read["name"], read["specialties"], read["capacity"]) == ("Nil", ["eyes"], 1)
    assert read["visit_types"] == ["check-up"]
    await front.send("PATCH", path, {"visit_types": None}, 200)
    assert (await front.get(path))["visit_types"] is None


async def test_a_facility_has_its_zone_for_good_once_something_is_booked(front: Front) -> None:
    facility = await front.facility("Zoned")
    await front.resource("Zane", "Zoned")
    await front.patient("Zimmer")
    await front.send("PATCH", f"/v1/facilities/{facility}", {"time_zone": "America/Chicago"}, 200)
    await front.send("PATCH", f"/v1/facilities/{facility}", {"time_zone": "America/New_York"}, 200)
    await front.book("Zimmer", "11:30", "Zane")
    refused = await front.send("PATCH", f"/v1/facilities/{facility}", {"time_zone": "America/Chicago"}, 409)
    assert refused["type"] == "/problems/wrong-status"
    await front.send("PATCH", f"/v1/facilities/{facility}", {"name": "Zone"}, 200)


async def test_it_keeps_its_zone_for_who_is_booked_there_with_one_who_has_left(front: Front) -> None:
    facility = await front.facility("Visited")
    visitor = await front.resource("Vance", "Main")
    await front.patient("Young")
    week = {"day": "MO", "from": "09:00", "to": "17:00"}
    there = {"effective_from": "2030-01-01", "weekly": [week | {"facility_id": facility}]}
    await front.send("PUT", f"/v1/resources/{visitor}/template", there, 200)
    booked = await front.book("Young", "11:30", "Vance")
    assert booked["facility_id"] == facility
    home = {"effective_from": "2029-01-01", "weekly": [week]}
    left = await front.send("PUT", f"/v1/resources/{visitor}/template", home, 200)
    assert left["affected"] == [booked["appointment_id"]]
    refused = await front.send("PATCH", f"/v1/facilities/{facility}", {"time_zone": "America/Chicago"}, 409)
    assert refused["type"] == "/problems/wrong-status"
    off = {"by": "clinic", "reason_code": "provider-left"}
    await front.post(f"/v1/appointments/{booked['appointment_id']}/cancel", off, 200)
    await front.send("PATCH", f"/v1/facilities/{facility}", {"time_zone": "America/Chicago"}, 200)


async def test_it_keeps_its_zone_while_a_time_is_held_there_with_one_who_is_retired(front: Front) -> None:
    facility = await front.facility("Held")
    provider = await front.resource("Holt", "Held")
    body = front.wanted(None, "11:30", "Holt")
    await front.post("/v1/holds", body, 201)
    await front.post(f"/v1/resources/{provider}/retire", None, 200)
    refused = await front.send("PATCH", f"/v1/facilities/{facility}", {"time_zone": "America/Chicago"}, 409)
    assert refused["type"] == "/problems/wrong-status"


async def test_lead_time_and_daily_limit(front: Front) -> None:
    await front.visit_type("excision", 30, lead_minutes=60 * 24 * 30, daily_limit=1)
    body = front.wanted("Alba", "14:00", "Baker", visit_type="excision")
    refused = await front.post("/v1/appointments", body, 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["lead-time"]
    both = {"override": {"of": ["lead-time"], "reason_code": "urgent"}}
    await front.post("/v1/appointments", body | both, 201)
    other = front.wanted("Boyle", "15:00", "Baker", visit_type="excision", **both)
    refused = await front.post("/v1/appointments", other, 409)
    assert [conflict["kind"] for conflict in refused["conflicts"]] == ["daily-limit"]
    both["override"]["of"] = ["lead-time", "daily-limit"]
    await front.post("/v1/appointments", other | both, 201)


async def test_a_group_visit_has_so_many_seats(front: Front) -> None:
    await front.visit_type("class", 60, seats=3)
    await front.resource("Evans", "Main")
    names = [f"Member{n}" for n in range(8)]
    for name in names:
        await front.patient(name)
    bodies = [front.wanted(name, "10:00", "Evans", visit_type="class") for name in names]
    answers = await asyncio.gather(*(front.post("/v1/appointments", body) for body in bodies))
    seated = [answer for answer in answers if answer["_status"] == 201]
    assert len(seated) == 3
    (session,) = {answer["session_id"] for answer in seated}
    for answer in answers:
        if answer["_status"] != 201:
            assert [conflict["kind"] for conflict in answer["conflicts"]] == ["seat"]
    await front.post("/v1/appointments", front.wanted("Alba", "10:30", "Evans"), 409)
    leave = {"by": "patient", "reason_code": "ill"}
    await asyncio.gather(
        *(front.post(f"/v1/appointments/{one['appointment_id']}/cancel", leave, 200) for one in seated)
    )
    assert (await front.get(f"/v1/appointments/{session}"))["status"] == "cancelled"
    await front.patient("Gray")
    await front.book("Gray", "10:30", "Evans")
