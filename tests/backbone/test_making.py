"""Models made without being checked are what checking would have made of them."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticSerializationError

from backbone.making import made


class Thing(BaseModel):
    """A model with every kind of field that an event has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int = Field(exclude=True)
    name: str
    tags: tuple[str, ...] = ()
    note: str | None = None


FIELDS: dict[str, Any] = {"note": "x", "name": "a", "id": 1}


def test_it_is_the_same_model() -> None:
    thing = made(Thing, FIELDS)
    checked = Thing(**FIELDS)
    assert thing == checked
    assert thing.model_fields_set == checked.model_fields_set
    assert thing.model_dump_json() == checked.model_dump_json() == '{"name":"a","tags":[],"note":"x"}'
    assert thing.model_copy(update={"name": "b"}).name == "b"


def test_a_name_that_it_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="nickname"):
        made(Thing, {**FIELDS, "nickname": "y"})


def test_what_is_missing_can_not_be_encoded() -> None:
    with pytest.raises(PydanticSerializationError):
        made(Thing, {"id": 1}).model_dump_json()


class Listed(BaseModel):
    """Its default is made anew each time."""

    names: list[str] = Field(default_factory=list)


def test_a_default_that_is_made_each_time_is_refused() -> None:
    with pytest.raises(TypeError, match="Listed"):
        made(Listed, {})
