"""The agenda put together from the day's rows: what each caller is told, and what is left out."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.projections.agenda.huddle import huddle, patients_of
from services.projections.agenda.view import Day, Facility
from tests.services.projections.telling import NINE, named

HARBOR, HILL = named("Harbor"), named("Hill")
CHAN = named("Dr. Chan")
FACILITY = Facility(HARBOR, "Harbor", ZoneInfo("America/New_York"))
RESOURCES = {
    CHAN: {"resource_id": CHAN, "kind": "provider", "name": "Dr. Chan", "specialties": ["cardiology"]}
}


def visit(name: str, **more: Any) -> dict[str, Any]:
    row = {
        "appointment_id": named(name),
        "version": 1,
        "status": "booked",
        "patient_id": named("patient of " + name),
        "visit_type": "check-up",
        "starts_at": NINE,
        "ends_at": NINE + timedelta(minutes=30),
        "priority": "routine",
        "overridden": False,
        "expires_at": None,
        "session_id": None,
        "seats": None,
        "resources": [{"resource_id": CHAN, "kind": "provider"}],
        "preparation": [],
    }
    return row | more


def moved(to: UUID, away_from: UUID) -> dict[str, Any]:
    return {
        "kind": "moved",
        "at": NINE,
        "appointment_id": named("moved"),
        "by": "patient",
        "reason_code": None,
        "patient_id": None,
        "visit_type": "check-up",
        "facility_id": to,
        "starts_at": NINE,
        "resource_ids": [CHAN],
        "was_facility_id": away_from,
        "was_starts_at": NINE - timedelta(days=1),
        "was_resource_ids": [CHAN],
    }


def told(day: Day, sees: UUID | None = None, **patients: dict[str, Any]) -> dict[str, Any]:
    shown = {named("patient of " + name): each for name, each in patients.items()}
    return huddle(FACILITY, date(2026, 3, 2), day, shown, lambda each: sees is None or each == sees)


def day(**parts: Any) -> Day:
    empty: dict[str, Any] = {"visits": [], "changes": [], "others": [], "tasks": [], "resources": RESOURCES}
    return Day(since=NINE, **(empty | parts))


def test_a_free_provider_has_a_place_in_the_agenda_too() -> None:
    (provider,) = told(day())["providers"]
    assert (provider["name"], provider["visits"]) == ("Dr. Chan", [])


def test_a_visit_without_a_provider_is_not_lost() -> None:
    room = [{"resource_id": named("Room 1"), "kind": "room"}]
    body = told(day(visits=[visit("a", resources=room)]))
    assert [each["appointment_id"] for each in body["other_visits"]] == [named("a")]


def test_a_visit_is_ready_when_nothing_is_missing() -> None:
    rows = [visit("a", preparation=[{"text": "Fast", "due_at": "2026-03-02T10:00:00Z"}]), visit("b")]
    body = told(day(visits=rows))
    assert [each["ready"] for each in body["providers"][0]["visits"]] == [False, True]
    assert [each["appointment_id"] for each in body["not_ready"]] == [named("a")]


def test_patients_are_shown_as_the_caller_may_see_them() -> None:
    rows = [visit("a"), visit("b")]
    assert patients_of(day(visits=rows)) == {named("patient of a"), named("patient of b")}
    first, second = told(day(visits=rows), a={"family_name": "A"})["providers"][0]["visits"]
    assert first["patient"] == {"family_name": "A"}
    assert "patient" not in second


def test_of_a_move_between_facilities_only_the_visible_end_is_told() -> None:
    (arriving,) = told(day(changes=[moved(HARBOR, HILL)]), sees=HARBOR)["changes"]
    assert arriving["facility_id"] == HARBOR
    assert "before" not in arriving
    (leaving,) = told(day(changes=[moved(HILL, HARBOR)]), sees=HARBOR)["changes"]
    assert "facility_id" not in leaving
    assert "starts_at" not in leaving
    assert leaving["before"]["facility_id"] == HARBOR
