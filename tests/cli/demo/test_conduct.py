"""What the service owes its callers is noticed when it is missing."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from cli.demo.checking.conduct import absences, delays, overbookings, races, refusals
from cli.demo.checking.picture import appointments
from cli.demo.desk import Answer
from cli.demo.ledger import Affected, RaceResult, RefusalResult
from cli.demo.observer import Seen
from tests.cli.demo.records import appointment, record

DOCTOR, ROOM, VISIT, TASK = uuid4(), uuid4(), uuid4(), uuid4()


def refused(*taken: UUID, problem: str = "slot-taken") -> Answer:
    conflicts = [{"kind": "room", "resource_id": str(id)} for id in taken]
    body: dict[str, Any] = {"type": f"/problems/{problem}", "conflicts": conflicts}
    return Answer("POST", "/v1/appointments", 409, body)


RACE = RaceResult("08:00", 1, (VISIT,), (refused(DOCTOR, ROOM),), frozenset({DOCTOR, ROOM}))


def test_two_winners_and_no_winner_are_noticed() -> None:
    assert races([RACE]).held
    assert not races([replace(RACE, won=(VISIT, uuid4()))]).held
    assert not races([replace(RACE, won=())]).held


def test_a_loser_who_was_told_only_the_first_conflict_is_noticed() -> None:
    assert not races([replace(RACE, refusals=(refused(DOCTOR),))]).held
    assert not races([replace(RACE, refusals=(refused(),))]).held


def test_a_mistake_that_was_accepted_or_refused_for_another_reason_is_noticed() -> None:
    asked = RefusalResult("off-grid", ("422", "slot-taken"), refused(DOCTOR))
    assert refusals([asked]).held
    assert not refusals([replace(asked, expected=("422",))]).held
    assert not refusals([replace(asked, answer=Answer("POST", "/", 201, {}))]).held


def opened(version: int = 1) -> Seen:
    data = {"appointment_id": str(VISIT)}
    return record(TASK, version, data, event="TaskOpened", topic="almanac.booking.tasks")


def test_a_visit_that_an_absence_leaves_standing_silently_is_noticed() -> None:
    away = Affected(uuid4(), DOCTOR, told=frozenset({VISIT}), known=frozenset({VISIT}), position="p")
    done = record(TASK, 2, {}, event="TaskDone", topic="almanac.booking.tasks", sequence=2)
    moved = replace(away, moved=frozenset({VISIT}))
    assert absences([away], [opened()]).held
    assert not absences([away], []).held
    assert not absences([replace(away, known=frozenset({VISIT, uuid4()}))], [opened()]).held
    assert not absences([moved], [opened()]).held
    assert absences([moved], [opened(), done]).held


def test_an_overbooking_nobody_named_is_noticed() -> None:
    named = {"of": ["taken"], "reason_code": "urgent"}
    visits = appointments([record(VISIT, 1, appointment(DOCTOR, override=named))])
    assert overbookings(frozenset({VISIT}), visits).held
    assert not overbookings(frozenset({uuid4()}), visits).held


def test_a_delay_that_kafka_or_an_agenda_does_not_know_is_noticed() -> None:
    late = record(
        DOCTOR, 1, {"minutes": 25}, event="ProviderDelayReported", topic="almanac.patient-flow.delays"
    )
    assert delays({DOCTOR: 25}, {DOCTOR: 25}, [late]).held
    assert not delays({DOCTOR: 30}, {DOCTOR: 30}, [late]).held
    assert not delays({}, {}, [late]).held
    assert not delays({DOCTOR: 25}, {}, [late]).held
