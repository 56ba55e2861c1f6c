"""Erasure over HTTP: two people, one way; then nobody finds, reads or guesses who it was."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backbone.privacy.errors import VaultUnavailableError
from backbone.privacy.privacy import Privacy
from services.booking.handling.erasing import Restored
from services.booking.service import BookingService
from services.booking.store import BookingStore
from tests.services.booking.serving import Front, unknown
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHY = {"reason_code": "patient-request"}


def ops(front: Front, who: str = "olga", **limits: Any) -> dict[str, str]:
    return front.token("ops", subject=who, **limits)


async def post(front: Front, patient: str, what: str, body: Any, who: str = "olga") -> dict[str, Any]:
    return await front.post(f"/v1/patients/{patient}/{what}", body, headers=ops(front, who))


async def wrapped(front: Front, patient: str) -> bytes | None:
    connection = await front.environment.connect("vault")
    try:
        value: bytes | None = await connection.fetchval(
            "SELECT wrapped FROM data_key WHERE subject_id = $1", UUID(patient)
        )
        return value
    finally:
        await connection.close()


async def indexed(front: Front, patient: str) -> bool:
    connection = await front.environment.connect("booking")
    try:
        tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^patient_index_g[0-9]+$'"
        )
        for table in tables:
            query = f"SELECT true FROM {table['relname']} WHERE patient_id = $1"
            if await connection.fetchval(query, UUID(patient)):
                return True
        return False
    finally:
        await connection.close()


async def erased(front: Front, patient: str) -> None:
    """Everything that being erased means, as it comes to be."""

    async def gone() -> bool:
        return await wrapped(front, patient) is None and not await indexed(front, patient)

    await eventually(gone)
    assert patient in (front.folder / "erasures").read_text()


async def test_one_asks_another_approves_and_the_patient_is_gone(front: Front) -> None:
    one = await front.patient("Vanished", "Vera", contacts=[{"channel": "sms", "value": "+1 212 555 0177"}])
    asked = await post(front, one, "erasure", WHY)
    assert asked["_status"] == 201
    state = await front.get(f"/v1/patients/{one}/erasure", ops(front))
    assert (state["status"], state["task_id"], state["records"]) == ("asked", asked["task_id"], [one])
    listed = await front.get("/v1/tasks", ops(front), at_least=front.position)
    assert asked["task_id"] in {task["task_id"] for task in listed["tasks"]}
    assert {task["kind"] for task in listed["tasks"]} == {"approve-erasure"}
    desk = await front.get("/v1/tasks")
    assert "approve-erasure" not in {task["kind"] for task in desk["tasks"]}
    assert (await post(front, one, "erasure/approve", {}))["_status"] == 403

    key = {"Idempotency-Key": "approve-1"}
    for _ in range(2):
        done = await front.post(f"/v1/patients/{one}/erasure/approve", {}, 200, ops(front, "otto") | key)
        assert done["erased"] == [one]
    await erased(front, one)
    read = await front.get(f"/v1/patients/{one}")
    assert (read["erased"], read["family_name"], read["contacts"][0]["value"]) == (True, None, None)
    for by in ({"family_name": "Vanished"}, {"phone": "212-555-0177"}):
        assert (await front.post("/v1/patients/search", by, 200))["patients"] == []
    assert (await front.get(f"/v1/patients/{one}/erasure", ops(front)))["status"] == "erased"
    assert (await front.send("PATCH", f"/v1/patients/{one}", {"language": "en"}))["_status"] == 404
    assert (await front.post("/v1/appointments", front.wanted("Vanished", "16:00")))["_status"] == 404


async def test_only_ops_of_the_whole_organisation_may(front: Front) -> None:
    one = await front.patient("Kept", "Karl")
    for headers in (front.token(), ops(front, facility_ids=[UUID(front.ids["Main"])])):
        for what, body in (("erasure", WHY), ("erasure/approve", {}), ("legal-holds", WHY)):
            refused = await front.post(f"/v1/patients/{one}/{what}", body, 403, headers)
            assert refused["type"] == "/problems/forbidden"
    assert (await post(front, unknown(), "erasure", WHY))["_status"] == 404
    asked = await post(front, one, "erasure", WHY)
    refused = await front.post(f"/v1/tasks/{asked['task_id']}/done", {}, 409)
    assert refused["type"] == "/problems/wrong-status"
    assert (await post(front, one, "erasure/withdraw", {"reason_code": "mistaken"}))["_status"] == 200
    assert (await post(front, one, "erasure/approve", {}, "otto"))["type"] == "/problems/wrong-status"


async def test_holds_appointments_and_retention_hinder_it(front: Front) -> None:
    one = await front.patient("Hindered", "Hugo")
    hold = (await post(front, one, "legal-holds", WHY))["hold_id"]
    assert (await post(front, one, "erasure", WHY))["type"] == "/problems/legal-hold"
    state = await front.get(f"/v1/patients/{one}/erasure", ops(front))
    assert (state["legal_holds"], state["hindered_by"]) == ([hold], "legal-hold")
    assert (await post(front, one, f"legal-holds/{hold}/lift", WHY))["_status"] == 200
    assert (await post(front, one, "erasure", WHY))["_status"] == 201
    booked = await front.book("Hindered", "16:30", "Baker")
    refused = await post(front, one, "erasure/approve", {}, "otto")
    assert refused["type"] == "/problems/patient-has-appointments"
    await front.post(
        f"/v1/appointments/{booked['appointment_id']}/cancel", {"by": "clinic", "reason_code": "x"}, 200
    )
    # What was called off keeps nothing; a visit does, for six years.
    assert (await front.get(f"/v1/patients/{one}/erasure", ops(front))).get("kept_until") is None
    await front.book("Hindered", "16:30", "Baker")
    try:
        front.clock.advance(timedelta(days=30))
        assert (await post(front, one, "erasure/approve", {}, "otto"))["type"] == "/problems/retention"
        state = await front.get(f"/v1/patients/{one}/erasure", ops(front))
        assert state["kept_until"].startswith("2036-03-11")
        front.clock.advance(timedelta(days=6 * 366))
        assert (await post(front, one, "erasure/approve", {}, "otto"))["_status"] == 200
        await erased(front, one)
    finally:
        front.clock.advance(-timedelta(days=30 + 6 * 366))


async def test_merged_records_go_together(front: Front) -> None:
    survivor = await front.patient("Twice", "Tina")
    merged = await front.patient("Twyce", "Tina")
    await front.post(f"/v1/patients/{survivor}/merge", {"merged_id": merged}, 200)
    await post(front, merged, "erasure", WHY)
    done = await post(front, merged, "erasure/approve", {}, "otto")
    assert set(done["erased"]) == {survivor, merged}
    await erased(front, survivor)
    await erased(front, merged)
    assert (await front.get(f"/v1/patients/{merged}"))["erased"] is True


async def test_killed_after_the_commit_it_is_erased_all_the_same(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answered is gone before the list is written; the workers hear of the event and do it."""
    one = await front.patient("Crashed", "Cora")
    await post(front, one, "erasure", WHY)
    destroy, tries = Privacy.destroy_keys, 0

    async def killed(self: Privacy, subjects: Sequence[UUID]) -> frozenset[UUID]:
        nonlocal tries
        tries += 1
        if tries <= 3:  # the answering process, then the worker twice
            raise VaultUnavailableError("killed")
        return await destroy(self, subjects)

    monkeypatch.setattr(Privacy, "destroy_keys", killed)
    assert (await post(front, one, "erasure/approve", {}, "otto"))["_status"] == 200
    await erased(front, one)
    assert tries >= 4


async def test_who_comes_back_with_a_backup_is_erased_again(front: Front) -> None:
    """Events of before the erasure, and its key; the list knows better."""
    one = await front.patient("Restored", "Rita")
    with (front.folder / "erasures").open("a") as file:
        file.write(f"{one} 2030-03-04T13:00:00+00:00\n")
    service = BookingService(front.environment)
    async with service._store() as events:
        restored = Restored(BookingStore(events), front.environment.privacy)
        await restored.erase()  # where the workers have not done so in between
        assert await restored.erase() == 0
        (*_, last) = await events.history(UUID(one))
        assert (last.type, last.meta["auth_id"]) == ("almanac.booking.PatientErased.v1", "erasure-list")
    await erased(front, one)
    assert (await front.get(f"/v1/patients/{one}"))["erased"] is True


async def test_who_and_why_is_on_record_without_whom(front: Front) -> None:
    one = await front.patient("Recorded", "Ruth")
    await post(front, one, "erasure", WHY)
    await post(front, one, "erasure/approve", {}, "otto")
    connection = await front.environment.connect("booking")
    try:
        rows = await connection.fetch(
            "SELECT topic, state, meta::text AS meta FROM stored_events WHERE state LIKE $1"
            " AND topic !~ 'Registered' ORDER BY notification_id",
            f"%{one}%".encode(),
        )
        first = await connection.fetchval(
            "SELECT state FROM stored_events WHERE originator_id = $1 AND originator_version = 1", UUID(one)
        )
    finally:
        await connection.close()
    kinds = [row["topic"].split(".")[-2] for row in rows]
    assert kinds == ["TaskOpened", "PatientErased"]
    told = "".join(row["state"].decode() + row["meta"] for row in rows)
    assert "patient-request" in told
    assert '"ops"' in told
    assert "Recorded" not in told
    assert b'"key_commitment":"' in first
