"""The player at work on a service that is made up, one answer at a time."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cli.demo import calls as of
from cli.demo.anchor import Anchor
from cli.demo.clinic import ClinicFiles, Known
from cli.demo.desk import Desk, SurpriseError
from cli.demo.ledger import Ledger
from cli.demo.player import play
from cli.demo.playing.shift import Shift
from cli.demo.registering import register_patients
from examples.generate import SEED, generate

Respond = Callable[[httpx.Request], httpx.Response]

ROOM, VISIT, PATIENT = uuid4(), uuid4(), uuid4()
MORNING, AFTERNOON = "2030-01-07T15:00:00Z", "2030-01-07T20:00:00Z"
TAKEN = httpx.Response(
    409,
    json={
        "type": "/problems/slot-taken",
        "conflicts": [{"kind": "room", "resource_id": str(ROOM), "starts_at": MORNING, "ends_at": MORNING}],
    },
)
FREE = httpx.Response(
    200,
    json={
        "proposals": [
            {"visit_type": "FM-FUP", "starts_at": at, "ends_at": at, "resource_ids": [str(ROOM)]}
            for at in (MORNING, AFTERNOON)
        ]
    },
)


def booked(appointment_id: UUID = VISIT) -> httpx.Response:
    answer = {"appointment_id": str(appointment_id), "status": "booked", "version": 1, "position": "p1"}
    return httpx.Response(201, json=answer)


def looked_up(request: httpx.Request) -> httpx.Response:
    """What is free; and a calendar that shows the visit."""
    if request.url.path == "/v1/availability":
        return FREE
    entry = {"kind": "appointment", "appointment_id": str(VISIT), "status": "booked"}
    return httpx.Response(200, json={"entries": [entry]})


def shift_with(respond: Respond) -> Shift:
    http = httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://almanac")
    files = ClinicFiles.read(generate(SEED))
    known = Known(facilities={"Lakeside": uuid4()}, patients={"1": PATIENT, "2": uuid4(), "3": uuid4()})
    tokens = {"scheduler": "s", "front-desk": "f"}
    return Shift(Desk(http, tokens), files, known, Anchor(date(2030, 1, 7)), Ledger())


def a_booking(**wish: Any) -> of.Book:
    wanted = of.Wish(from_day=0, **wish)
    return of.Book.model_validate(
        {"at": "08:00:00", "call": "book", "as": "a001", "patient": "1", "facility": "Lakeside",
         "visit_type": "FM-FUP", "wish": wanted, "reason": "Cough"}
    )  # fmt: skip


def a_race(wins: int = 1) -> of.Race:
    return of.Race.model_validate(
        {"at": "08:00:00", "call": "race", "for": "slot", "patients": ("1", "2", "3"), "wins": wins,
         "facility": "Lakeside", "visit_type": "FM-FUP", "wish": of.Wish(from_day=0)}
    )  # fmt: skip


async def played(respond: Respond, *day: Any) -> Ledger:
    shift = shift_with(respond)
    await play(shift, day, clerks=2, heard=lambda call: None)
    return shift.ledger


async def test_the_caller_gets_the_part_of_the_day_that_suits() -> None:
    posted: list[dict[str, Any]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return looked_up(request)
        posted.append(json.loads(request.content))
        return booked()

    ledger = await played(respond, a_booking(after="12:00"))
    assert not ledger.surprises
    assert posted[0]["starts_at"] == AFTERNOON
    assert ledger.bookings["a001"].appointment_id == VISIT
    assert [glance.problem for glance in ledger.glances] == [None]


async def test_a_booking_that_its_calendar_does_not_show_is_noticed() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return looked_up(request) if request.method == "GET" else booked(uuid4())

    [glance] = (await played(respond, a_booking())).glances
    assert glance.problem


async def test_a_faster_colleague_is_no_surprise() -> None:
    answers = iter([TAKEN, booked()])

    def respond(request: httpx.Request) -> httpx.Response:
        return looked_up(request) if request.method == "GET" else next(answers)

    ledger = await played(respond, a_booking())
    assert (ledger.surprises, ledger.lost_to_colleagues) == ([], 1)


async def test_a_refusal_out_of_place_is_a_surprise_and_the_day_goes_on() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return (
            looked_up(request) if request.method == "GET" else httpx.Response(500, json={"title": "broken"})
        )

    search = of.Search(
        at="9", call="search", facility="Lakeside", visit_type="FM-FUP", wish=of.Wish(from_day=0)
    )
    heard: list[Any] = []
    shift = shift_with(respond)
    await play(shift, [a_booking(), search], clerks=1, heard=heard.append)
    assert len(shift.ledger.surprises) == 1
    assert len(heard) == 2


async def test_an_overloaded_service_is_asked_again_under_the_same_key() -> None:
    keys: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return looked_up(request)
        keys.append(request.headers["Idempotency-Key"])
        return booked() if len(keys) > 1 else httpx.Response(503, headers={"Retry-After": "0"})

    ledger = await played(respond, a_booking())
    assert not ledger.surprises
    assert keys[0] == keys[1]


async def test_a_race_is_written_down_with_its_winner_and_its_losers() -> None:
    answers = iter([TAKEN, booked(), TAKEN])

    def respond(request: httpx.Request) -> httpx.Response:
        return looked_up(request) if request.method == "GET" else next(answers)

    [race] = (await played(respond, a_race())).races
    assert (race.won, len(race.refusals), race.contested) == ((VISIT,), 2, frozenset({ROOM}))


async def test_where_an_outsider_was_faster_all_race_again() -> None:
    answers = iter([TAKEN, TAKEN, TAKEN, TAKEN, TAKEN, booked()])

    def respond(request: httpx.Request) -> httpx.Response:
        return looked_up(request) if request.method == "GET" else next(answers)

    [race] = (await played(respond, a_race())).races
    assert race.won == (VISIT,)


async def test_what_can_not_be_registered_is_told_as_the_service_told_it() -> None:
    shift = shift_with(lambda request: httpx.Response(500, json={"title": "broken"}))
    with pytest.raises(SurpriseError, match="broken"):
        await register_patients(shift.desk, shift.files, shift.known, lambda what: None)


@pytest.mark.parametrize("what", ["off-grid", "no-token", "unknown-field"])
async def test_a_mistake_is_written_down_with_its_answer(what: str) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return (
            looked_up(request)
            if request.method == "GET"
            else httpx.Response(422, json={"type": "/problems/invalid"})
        )

    shift = shift_with(respond)
    number = shift.files.patients[0]["identifiers"][0]["value"]
    shift.known.patients[number] = PATIENT
    await play(shift, [of.Mistake(at="9", call="mistake", what=what)], clerks=1, heard=lambda call: None)
    [refusal] = shift.ledger.refusals
    assert (refusal.what, refusal.answer.problem) == (what, "invalid")
