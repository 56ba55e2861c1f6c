"""Secret fields: opened wherever they stand, refused in the clear, every fault told at once."""

from typing import Any

import pytest

from backbone.clock import SystemClock
from backbone.commanding.keys import CommandKeys
from backbone.commanding.opening import Secret, opened
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.web.problems import Problem

KEYS = CommandKeys(KeyRing(RootKey(bytes(range(32)))), SystemClock())
SECRETS = (Secret.at("name"), Secret.at("ids.*.value"), Secret.at("reason", codes=frozenset(("late",))))


def sealed(text: str) -> str:
    return KEYS.encrypt(text.encode()).decode()


def test_each_is_opened_and_the_rest_left_alone() -> None:
    body = {
        "name": sealed("Ann"),
        "ids": [{"system": "mrn", "value": sealed("1")}, {"system": "x", "value": sealed("2")}],
        "minutes": 5,
    }
    assert opened(body, SECRETS, KEYS) == {
        "name": "Ann",
        "ids": [{"system": "mrn", "value": "1"}, {"system": "x", "value": "2"}],
        "minutes": 5,
    }


def test_a_code_may_stand_in_the_clear() -> None:
    assert opened({"reason": "late"}, SECRETS, KEYS) == {"reason": "late"}


def test_every_fault_is_told_and_no_value() -> None:
    with pytest.raises(Problem) as told:
        opened({"name": "Ann", "ids": [{"value": sealed("1")}, {"value": "eyJ.a.b.c.d"}]}, SECRETS, KEYS)
    errors = told.value.more["errors"]
    assert [error["pointer"] for error in errors] == ["#/name", "#/ids/1/value"]
    assert "Ann" not in str(errors)


@pytest.mark.parametrize(
    "odd", [{}, {"name": None}, {"name": 5}, {"ids": "x"}, {"ids": [1, {"value": None}]}]
)
def test_what_is_no_text_is_left_for_the_model_to_refuse(odd: dict[str, Any]) -> None:
    assert opened(odd, SECRETS, KEYS) == odd
