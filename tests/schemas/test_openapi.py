"""What of a changed route breaks its callers, on real FastAPI routes."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

from cli.schemas.openapi import breaking_routes


class Loan(BaseModel):
    model_config = ConfigDict(extra="forbid")

    toy: str
    weeks: int = 1


class LoanWithColour(Loan):
    colour: str | None = None


class LoanForChild(Loan):
    child: str


class LoanInDays(BaseModel):
    toy: str
    days: int = 7


class Borrowed(BaseModel):
    loan_id: str
    status: Literal["out", "back"]


class BorrowedInsured(BaseModel):
    loan_id: str
    insured: bool
    status: Literal["out", "back", "lost"]


class BorrowedMaybe(BaseModel):
    loan_id: str | None
    status: Literal["out", "back"]


def _limited(limit: int = 10) -> None: ...


def _document(
    body: type[BaseModel] = Loan,
    answer: type[BaseModel] = Borrowed,
    path: str = "/v1/loans",
    parameters: Callable[..., None] = _limited,
    status: int = 201,
) -> dict[str, Any]:
    app = FastAPI()

    async def borrow(loan: Any) -> Any: ...

    borrow.__annotations__["loan"] = body
    app.post(path, response_model=answer, status_code=status)(borrow)
    app.get("/v1/toys")(parameters)
    return app.openapi()


def _with_default(limit: int = 10, room: str | None = None) -> None: ...


def _with_required(room: str, limit: int = 10) -> None: ...


def _without() -> None: ...


OLD = _document()

ALLOWED = {
    "nothing": _document(),
    "a request may say more": _document(body=LoanWithColour),
    "an answer says more": _document(answer=BorrowedInsured),
    "an optional parameter": _document(parameters=_with_default),
}


@pytest.mark.parametrize("new", ALLOWED.values(), ids=ALLOWED.keys())
def test_growth_breaks_no_caller(new: dict[str, Any]) -> None:
    assert breaking_routes(OLD, new) == []


REFUSED = {
    "route gone": (_document(path="/v1/borrowings"), "POST /v1/loans: removed"),
    "request needs more": (
        _document(body=LoanForChild),
        "POST /v1/loans body child: newly required",
    ),
    "request takes less": (_document(body=LoanInDays), "POST /v1/loans body weeks: removed"),
    "answer less sure": (
        _document(answer=BorrowedMaybe),
        "POST /v1/loans answer 201 loan_id: may now be null",
    ),
    "answer otherwise": (_document(status=200), "POST /v1/loans answer 201: removed"),
    "parameter gone": (_document(parameters=_without), "GET /v1/toys parameter query limit: removed"),
    "parameter needed": (
        _document(parameters=_with_required),
        "GET /v1/toys parameter query room: newly required",
    ),
}


@pytest.mark.parametrize(("new", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_what_breaks_a_caller_is_told(new: dict[str, Any], told: str) -> None:
    assert told in breaking_routes(OLD, new)
