"""An application with a few routes of each kind, and callers with tokens."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query
from prometheus_client import CollectorRegistry
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import Response

from backbone.clock import ManualClock
from backbone.settings import Settings
from backbone.store.decision import Accepted, Conflict, Mark, Outcome, Refusal, Refused, Stale
from backbone.store.errors import Overloaded, StoreUnavailable, Unstorable
from backbone.web.answers import answer, json_answer
from backbone.web.app import create_app
from backbone.web.bodies import Body, Posted
from backbone.web.calling import Call, Gate, allow
from backbone.web.characters import one_line
from backbone.web.devtokens import dev_issuer, issue_dev_token
from backbone.web.paging import DEFAULT_LIMIT, Cursor, Limit, next_cursor, read_cursor
from backbone.web.rates import Rates
from backbone.web.times import Day, Instant
from backbone.web.tokens import TokenVerifier

HOME, ELSEWHERE = UUID(int=1), UUID(int=2)
ROOM_AT_HOME, ROOM_ELSEWHERE = UUID(int=11), UUID(int=12)
NINE, TEN = datetime(2031, 3, 4, 9, tzinfo=UTC), datetime(2031, 3, 4, 10, tzinfo=UTC)
TokenMaker = Callable[..., dict[str, str]]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]


class Booking(Body):
    family_name: Name
    starts_at: Instant
    birth_date: Day | None = None
    minutes: int = 5
    resource_ids: tuple[UUID, ...] = ()
    tags: Annotated[tuple[str, ...], Field(min_length=1)] = ("usual",)


class RefusedArgument(asyncpg.InterfaceError, ValueError):
    """As asyncpg raises for an argument of the wrong type."""


class Booked(BaseModel):
    starts_at: Instant


class Plain(Body):
    note: Name
    resource_id: UUID | None = None


OUTCOMES: dict[str, Outcome] = {
    "accepted": Accepted({"appointment_id": str(HOME)}, 3, 9, (Mark("t", HOME, 7),)),
    "repeated": Accepted({}, 3, 9, (), repeated=True),
    "refused": Refused(
        Refusal("slot-taken", "Something that this needs is not free; see the conflicts."),
        (
            Conflict("room", NINE, TEN, ROOM_AT_HOME),
            Conflict("room", NINE, TEN, ROOM_ELSEWHERE),
            Conflict("patient", NINE, TEN, UUID(int=99)),
            Conflict("daily-limit", NINE, TEN, UUID(int=98)),
        ),
    ),
    "own": Refused(Refusal("nothing-to-clear", "No delay is reported.")),
    "reused": Refused(Refusal("idempotency-key-reused", "Choose a new one.")),
    "stale": Stale((HOME,)),
}


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1")
    staff = Annotated[Call, allow("scheduler", "front-desk")]

    @router.post("/bookings", status_code=201, response_model=Booked)
    async def book(call: staff, body: Posted[Booking]) -> Response:
        key = call.key
        return json_answer(
            {
                "starts_at": body.starts_at,
                "minutes": body.minutes,
                "family_name": body.family_name,
                "key": key and [key.scope, key.key, key.fingerprint.hex()],
                "if_match": call.if_match,
                "origin": call.origin(HOME).__class__.__name__,
                "purpose": call.caller.purpose,
                "subject": call.caller.subject,
            },
            status=201,
        )

    @router.post("/plain")
    async def plain(call: staff, body: Plain) -> Response:
        return json_answer({"note": body.note})

    @router.post("/outcomes/{name}")
    async def outcome(call: staff, name: str) -> Response:
        facilities = {ROOM_AT_HOME: HOME, ROOM_ELSEWHERE: ELSEWHERE}
        return answer(OUTCOMES[name], call, facility_of=facilities)

    @router.get("/things/{thing_id}")
    async def thing(call: staff, thing_id: UUID, at: Instant | None = None) -> Response:
        return json_answer({"at": at})

    @router.delete("/things/{thing_id}")
    async def remove(call: staff, thing_id: UUID) -> Response:
        return json_answer({})

    @router.get("/list")
    async def things(
        call: staff, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, text: Annotated[str, Query()] = ""
    ) -> Response:
        after = read_cursor(cursor, UUID, int)
        return json_answer({"after": after, "limit": limit, "next": next_cursor(HOME, 5)})

    @router.get("/mine")
    async def mine(call: Annotated[Call, allow("patient")]) -> Response:
        return json_answer({"patients": sorted(call.caller.patient_ids)})

    @router.get("/broken/{how}")
    async def broken(call: staff, how: str) -> Response:
        failures: dict[str, Exception] = {
            "bug": RuntimeError("Jane Secret is allergic"),
            "away": StoreUnavailable("Jane Secret", 3),
            "unknown": StoreUnavailable("x", outcome_unknown=True),
            "full": Overloaded("Jane Secret"),
            "nul": Unstorable("Jane Secret"),
            "refused": ConnectionRefusedError("Jane Secret"),
            "shutdown": asyncpg.AdminShutdownError("Jane Secret"),
            "closed": asyncpg.InterfaceError("Jane Secret"),
            "argument": RefusedArgument("Jane Secret"),
            "detail": asyncpg.UniqueViolationError("Jane Secret"),
        }
        raise failures[how]

    return router


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2031, 3, 4, 8, 0, tzinfo=UTC))


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def app(tmp_path: Path, clock: ManualClock, registry: CollectorRegistry) -> FastAPI:
    verifier = TokenVerifier([dev_issuer(tmp_path)], b"p" * 32, clock)
    gate = Gate(verifier, None, b"f" * 32, Rates.of(Settings()))
    return create_app([routes()], gate, registry=registry)


@pytest.fixture
def bearer(tmp_path: Path, clock: ManualClock) -> TokenMaker:
    """Headers with a token: ``bearer("scheduler", facility_ids=[...])``."""

    def make(*roles: Any, **more: Any) -> dict[str, str]:
        token = issue_dev_token(tmp_path, roles or ("scheduler",), clock, **more)
        return {"Authorization": f"Bearer {token}"}

    return make


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://almanac") as client:
        yield client
