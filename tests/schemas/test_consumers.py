"""A consumer's model fits an event's schema, or the contract test says where it doesn't."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict

from cli.schemas.events import event_schema
from tests.schemas.consumers import misreadings
from tests.schemas.sample_service.events import ToyBorrowed, ToyBroken, ToyReturned


class _Shelf(BaseModel):
    room: str


class _Borrowed(BaseModel):
    child_id: str
    due: datetime
    from_shelf: _Shelf


class _Returned(BaseModel):
    to_shelf: _Shelf | None = None


@dataclass
class _BrokenAnyhow:
    why: str


class _BrokenKnown(BaseModel):
    why: Literal["fell", "sat-on", "lost"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    why: str


class _Misspelt(BaseModel):
    whi: str = "?"


class _Sure(BaseModel):
    to_shelf: _Shelf


class _WrongType(BaseModel):
    why: UUID


class _Narrow(BaseModel):
    why: Literal["fell"]


class _Deep(BaseModel):
    class Shelf(BaseModel):
        room: int

    from_shelf: Shelf


FITTING = [
    (_Borrowed, ToyBorrowed),
    (_Returned, ToyReturned),
    (_BrokenAnyhow, ToyBroken),
    (_BrokenKnown, ToyBroken),
]


@pytest.mark.parametrize(("model", "event"), FITTING)
def test_a_model_may_read_less_and_more_loosely(model: type[Any], event: type[Any]) -> None:
    assert misreadings(model, event_schema(event, "https://toys.example")) == []


@pytest.mark.parametrize(
    ("model", "event", "told"),
    [
        (_Misspelt, ToyBroken, "whi: not there before"),
        (_Sure, ToyReturned, "to_shelf: newly required"),
        (_WrongType, ToyBroken, "why: format None became uuid"),
        (_Narrow, ToyBroken, "why: 'sat-on' removed"),
        (_Closed, ToyBroken, "value: additionalProperties True became False"),
        (_Deep, ToyBorrowed, "from_shelf.room: type string became integer"),
    ],
)
def test_what_would_fail_when_a_record_comes_fails_in_the_test(
    model: type[Any], event: type[Any], told: str
) -> None:
    assert told in misreadings(model, event_schema(event, "https://toys.example"))
