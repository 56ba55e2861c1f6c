"""Booking over HTTP on real servers: the path of an appointment."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.services.booking.serving import MONDAY, Front, unknown
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_booked_read_confirmed_moved_cancelled(front: Front) -> None:
    booked = await front.book("Alba", "09:00", reason="cough", priority="urgent")
    assert booked["status"] == "booked"
    assert (booked["starts_at"], booked["ends_at"]) == ("2030-03-11T13:00:00Z", "2030-03-11T13:30:00Z")
    assert (booked["version"], booked["_etag"]) == (1, '"1"')
    path = f"/v1/appointments/{booked['appointment_id']}"

    read = await front.get(path)
    assert (read["reason"], read["priority"], read["local_start"]) == ("cough", "urgent", f"{MONDAY}T09:00")

    confirmed = await front.post(f"{path}/confirm", {}, 200)
    assert confirmed["status"] == "confirmed"
    again = await front.post(f"{path}/confirm", {}, 200)
    assert (again["version"], again["position"]) == (2, confirmed["position"])
    move = {"starts_at": f"{MONDAY}T09:15:00-04:00", "by": "patient", "reason_code": "traffic"}
    moved = await front.post(f"{path}/reschedule", move, 200, {"If-Match": '"2"'})
    assert (moved["appointment_id"], moved["status"]) == (booked["appointment_id"], "booked")
    assert moved["starts_at"] == "2030-03-11T13:15:00Z"
    stale = await front.post(f"{path}/cancel", {"by": "clinic", "reason_code": "x"}, 412, {"If-Match": '"2"'})
    assert stale["type"] == "/problems/stale-version"
    cancelled = await front.post(
        f"{path}/cancel", {"by": "patient", "reason_code": "ill", "note": "flu"}, 200
    )
    assert cancelled["status"] == "cancelled"
    again = await front.post(f"{path}/confirm", {}, 409)
    assert again["type"] == "/problems/wrong-status"

    history = (await front.get(f"{path}/history"))["events"]
    kinds = [event["type"].split(".")[2] for event in history]
    assert kinds == [
        "AppointmentBooked",
        "AppointmentConfirmed",
        "AppointmentRescheduled",
        "AppointmentCancelled",
    ]
    assert history[2]["by"] == "patient"
    assert history[2]["before"]["starts_at"] == "2030-03-11T13:00:00Z"
    assert all(event["who"] for event in history)
    assert (await front.get(path))["reason"] == "cough"


async def test_a_refusal_lists_every_conflict_and_nobodys_identity(front: Front) -> None:
    taken = await front.book("Alba", "10:00", "Adams", "Room 1")
    refused = await front.post(
        "/v1/appointments",
        front.wanted("Alba", "10:15", "Adams", "Room 1", ends_at=f"{MONDAY}T11:00:00-04:00"),
        409,
    )
    assert refused["type"] == "/problems/slot-taken"
    assert {conflict["kind"] for conflict in refused["conflicts"]} == {"provider", "room", "patient"}
    assert {(c["starts_at"], c["ends_at"]) for c in refused["conflicts"]} == {
        ("2030-03-11T14:15:00Z", "2030-03-11T14:30:00Z")
    }
    assert taken["appointment_id"] not in str(refused)
    assert front.ids["Alba"] not in str(refused)


async def test_an_overbooking_is_by_name_and_by_role(front: Front) -> None:
    await front.book("Alba", "11:00")
    wanted = front.wanted("Boyle", "11:00", override={"of": ["taken"], "reason_code": "emergency"})
    refused = await front.post("/v1/appointments", wanted, headers=front.token("front-desk"))
    assert (refused["_status"], refused["type"]) == (403, "/problems/forbidden")
    booked = await front.post("/v1/appointments", wanted, 201)
    assert (await front.get(f"/v1/appointments/{booked['appointment_id']}"))["override"] == {
        "of": ["taken"],
        "reason_code": "emergency",
    }


async def test_a_hold_keeps_the_time_and_becomes_a_booking(front: Front) -> None:
    held = await front.post("/v1/holds", front.wanted(None, "12:00", expires_in_seconds=60), 201)
    assert (held["status"], held["expires_at"][:16]) == ("held", "2030-03-04T13:01")
    await front.post("/v1/appointments", front.wanted("Boyle", "12:00"), 409)
    body = {"hold": held["appointment_id"], "patient_id": front.ids["Alba"], "reason": "check"}
    booked = await front.post("/v1/appointments", body, 201)
    assert (booked["appointment_id"], booked["version"]) == (held["appointment_id"], 2)
    front.clock.advance(timedelta(minutes=2))
    assert (await front.get(f"/v1/appointments/{held['appointment_id']}"))["status"] == "booked"
    await front.post("/v1/appointments", front.wanted("Boyle", "12:00"), 409)


async def test_a_hold_that_runs_out_is_free_at_once_and_published(front: Front) -> None:
    held = await front.post("/v1/holds", front.wanted("Alba", "13:00", expires_in_seconds=30), 201)
    other = await front.post("/v1/holds", front.wanted("Boyle", "13:30", expires_in_seconds=30), 201)
    front.clock.advance(timedelta(seconds=30))
    await front.book("Boyle", "13:00")

    async def ended() -> bool:
        states = [
            (await front.get(f"/v1/appointments/{one['appointment_id']}"))["status"] for one in (held, other)
        ]
        return states == ["cancelled", "cancelled"]

    await eventually(ended, within=5)
    late = await front.post("/v1/appointments", {"hold": held["appointment_id"]}, 409)
    assert late["type"] == "/problems/hold-expired"


async def test_a_hold_is_given_back(front: Front) -> None:
    held = await front.post("/v1/holds", front.wanted("Alba", "14:00"), 201)
    path = f"/v1/holds/{held['appointment_id']}"
    answer = await front.send("DELETE", path, None, 200)
    assert (answer["status"], answer["version"]) == ("cancelled", 2)
    again = await front.send("DELETE", path, None, 200)
    assert (again["status"], again["version"], again["_etag"]) == ("cancelled", 2, '"2"')
    await front.book("Boyle", "14:00")


async def test_fifty_callers_one_slot_one_winner(front: Front) -> None:
    names = [f"Racer{n}" for n in range(10)]
    for name in names:
        await front.patient(name)
    bodies = [front.wanted(names[n % 10], "15:00") for n in range(50)]
    answers = await asyncio.gather(*(front.post("/v1/appointments", body) for body in bodies))
    assert sorted(answer["_status"] for answer in answers).count(201) == 1
    for answer in answers:
        if answer["_status"] != 201:
            assert answer["type"] == "/problems/slot-taken"
            assert "provider" in {conflict["kind"] for conflict in answer["conflicts"]}


async def test_the_same_key_gives_the_same_answer_once(front: Front) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = front.wanted("Alba", "16:00")
    first = await front.post("/v1/appointments", body, 201, key)
    second = await front.post("/v1/appointments", body, 201, key)
    assert first["appointment_id"] == second["appointment_id"]
    other = await front.post("/v1/appointments", body | {"priority": "urgent"}, 422, key)
    assert other["type"] == "/problems/idempotency-key-reused"


async def test_a_narrower_token_of_the_same_caller_is_not_given_the_kept_answer(front: Front) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    body = front.wanted("Alba", "16:30")
    first = await front.post("/v1/appointments", body, 201, key)
    for narrower in (
        front.token("clinician"),
        front.token("scheduler", facility_ids=[front.ids["Branch"]]),
        front.token("patient", patient_ids=[front.ids["Alba"]]),
    ):
        refused = await front.post("/v1/appointments", body, 422, key | narrower)
        assert refused["type"] == "/problems/idempotency-key-reused"
        assert first["appointment_id"] not in str(refused)
    hidden = front.token("patient", patient_ids=[front.ids["Boyle"]])
    await front.post("/v1/appointments", body, 404, key | hidden)
    again = await front.post("/v1/appointments", body, 201, key)
    assert again["appointment_id"] == first["appointment_id"]


async def test_a_patient_books_and_sees_their_own_only(front: Front) -> None:
    own = front.token("patient", patient_ids=[front.ids["Boyle"]])
    body = front.wanted("Boyle", "09:00", "Baker")
    booked = await front.post("/v1/appointments", body, 201, own)
    assert (await front.get(f"/v1/appointments/{booked['appointment_id']}", own))["_status"] == 200
    foreign = await front.post("/v1/appointments", front.wanted("Alba", "10:00", "Baker"), 404, own)
    assert foreign["type"] == "/problems/not-found"
    await front.patient("Cruz")
    theirs = await front.book("Cruz", "10:00", "Baker")
    path = f"/v1/appointments/{theirs['appointment_id']}"
    assert (await front.get(path, own))["_status"] == 404
    for action, more in (("confirm", {}), ("cancel", {"by": "patient", "reason_code": "x"})):
        await front.post(f"{path}/{action}", more, 404, own)
    await front.post(f"{path}/entered-in-error", {"reason_code": "x"}, 403, own)
    cancelled = await front.post(
        f"/v1/appointments/{booked['appointment_id']}/cancel", {"by": "clinic", "reason_code": "x"}, 200, own
    )
    assert cancelled["status"] == "cancelled"
    history = await front.get(f"/v1/appointments/{booked['appointment_id']}/history")
    assert [event["by"] for event in history["events"]] == ["patient", "patient"]


async def test_another_facility_does_not_exist(front: Front) -> None:
    berlin = front.token("scheduler", facility_ids=[front.ids["Branch"]])
    await front.patient("Dunn")
    body = front.wanted("Dunn", "11:00", "Baker")
    assert (await front.post("/v1/appointments", body, 404, berlin))["type"] == "/problems/not-found"
    booked = await front.post("/v1/appointments", body, 201)
    path = f"/v1/appointments/{booked['appointment_id']}"
    assert (await front.get(path, berlin))["_status"] == 404
    await front.post(f"{path}/confirm", {}, 404, berlin)
    assert [each["name"] for each in (await front.get("/v1/facilities", berlin))["facilities"]] == ["Branch"]
    names = [each["name"] for each in (await front.get("/v1/resources", berlin))["resources"]]
    assert names == ["Weber"]


async def test_a_foreign_provider_is_not_taken_along_with_ones_own(front: Front) -> None:
    """Not by an override either, and whatever else is wrong: nothing tells that there is such a provider."""
    berlin = front.token("scheduler", facility_ids=[front.ids["Branch"]])
    await front.patient("Dyer")
    on_purpose = {"of": ["template", "taken"], "reason_code": "x"}
    body = front.wanted("Dyer", "11:00", "Weber", "Baker", override=on_purpose)
    assert (await front.post("/v1/appointments", body, 404, berlin))["detail"] == "no such resource"
    await front.post("/v1/appointments", body | {"starts_at": "2020-01-01T00:00:00Z"}, 404, berlin)
    await front.post("/v1/appointments", body, 201)


async def test_history_tells_nothing_of_another_facility(front: Front) -> None:
    """An appointment that came from there has its time there, and who would have served it, in its past."""
    berlin = front.token("scheduler", facility_ids=[front.ids["Branch"]])
    await front.patient("Dorn")
    booked = await front.book("Dorn", "15:30", "Baker")
    path = f"/v1/appointments/{booked['appointment_id']}"
    there = {"starts_at": f"{MONDAY}T10:00:00+01:00", "resource_ids": [front.ids["Weber"]]}
    await front.post(f"{path}/reschedule", there | {"by": "patient", "reason_code": "moved-house"}, 200)
    back = {"starts_at": booked["starts_at"], "resource_ids": [front.ids["Baker"]], "by": "clinic"}

    seen = await front.get(f"{path}/history", berlin)
    told = str(seen)
    assert front.ids["Baker"] not in told
    assert front.ids["Main"] not in told
    assert booked["starts_at"] not in told
    assert booked["ends_at"] not in told
    first, second = seen["events"]
    assert (first["status"], first["by"], second["before"]) == ("booked", "clinic", {"status": "booked"})
    assert (second["resource_ids"], second["reason_code"]) == ([front.ids["Weber"]], "moved-house")
    assert (await front.get(f"{path}/history"))["events"][0]["resource_ids"] == [front.ids["Baker"]]

    await front.post(f"{path}/reschedule", back, 200)
    main = front.token("scheduler", facility_ids=[front.ids["Main"]])
    first, second, third = (await front.get(f"{path}/history", main))["events"]
    assert second["before"]["resource_ids"] == [front.ids["Baker"]]
    assert "resource_ids" not in second
    assert "starts_at" not in third["before"]


async def test_corrections(front: Front) -> None:
    await front.patient("Egan")
    booked = await front.book("Egan", "12:00", "Baker", reason="cough")
    path = f"/v1/appointments/{booked['appointment_id']}"
    await front.send("PATCH", path, {"reason": "fever", "priority": "soon"}, 200)
    read = await front.get(path)
    assert (read["reason"], read["priority"], read["version"]) == ("fever", "soon", 2)
    struck = await front.post(f"{path}/entered-in-error", {"reason_code": "wrong-patient"}, 200)
    assert struck["status"] == "entered-in-error"
    await front.book("Egan", "12:00", "Baker")


async def test_nothing_of_the_reason_lies_in_the_database(front: Front) -> None:
    await front.patient("Quixotic")
    await front.book("Quixotic", "13:00", "Baker", reason="xylophagia")
    connection = await front.environment.connect("booking")
    rows: list[Any] = await connection.fetch("SELECT state FROM stored_events")
    await connection.close()
    assert not [row for row in rows if b"xylophagia" in row["state"] or b"Quixotic" in row["state"]]


async def test_unknown_things_are_404(front: Front) -> None:
    for path in ("confirm", "cancel", "reschedule"):
        bodies = {
            "confirm": {},
            "cancel": {"by": "clinic", "reason_code": "x"},
            "reschedule": {"starts_at": f"{MONDAY}T09:00:00-04:00", "by": "clinic"},
        }
        await front.post(f"/v1/appointments/{unknown()}/{path}", bodies[path], 404)
    assert (await front.get(f"/v1/appointments/{unknown()}"))["_status"] == 404
    await front.send("DELETE", f"/v1/holds/{unknown()}", None, 404)
    await front.post("/v1/appointments", {"hold": unknown(), "patient_id": front.ids["Alba"]}, 404)
