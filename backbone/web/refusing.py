"""What was wrong with a request, told without repeating it: what was sent may be a patient's data."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, LiteralString

from pydantic_core import PydanticCustomError

from backbone.web.problems import Problem

__all__ = ["invalid", "unacceptable"]

_OURS: Final = "almanac_unacceptable"

_OUR_WORDS: Final[Mapping[str, str]] = {
    "uuid_parsing": "An id is a UUID, as it was given out.",
    "timezone_aware": "a time is written 2031-03-04T09:00:00+01:00 (RFC 3339, with offset)",
}
_ITEMS: Final = re.compile(
    r"\w+( should have at (?:least|most) \d+ items?) after validation, not \d+", re.ASCII
)
"""Pydantic names a list by the Python class that it becomes."""

_MESSAGES_WITHOUT_VALUES: Final = frozenset(
    (
        _OURS,
        "missing",
        "extra_forbidden",
        "json_invalid",
        "json_type",
        "model_type",
        "dict_type",
        "list_type",
        "tuple_type",
        "string_type",
        "string_too_short",
        "string_too_long",
        "string_pattern_mismatch",
        "int_type",
        "int_parsing",
        "int_from_float",
        "float_type",
        "float_parsing",
        "bool_type",
        "bool_parsing",
        "uuid_type",
        "literal_error",
        "enum",
        "greater_than",
        "greater_than_equal",
        "less_than",
        "less_than_equal",
        "multiple_of",
        "finite_number",
        "too_short",
        "too_long",
        "none_required",
        "union_tag_not_found",
        "time_type",
        "time_parsing",
        "date_type",
        "datetime_type",
        "frozen_set_type",
        "set_type",
    )
)
"""Pydantic errors whose words come from the schema alone. (``value_error`` may quote the value,
``uuid_parsing`` shows a letter of it, ``union_tag_invalid`` all of it.)"""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}", re.ASCII)
_MOST: Final = 20


def unacceptable(words: LiteralString) -> PydanticCustomError:
    """For validators to raise: the caller is shown ``words``, so they never hold the value.

    The message of a ``ValueError`` is not shown: those of the standard library quote what they got.
    """
    return PydanticCustomError(_OURS, words)


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem for Pydantic's list of errors; each entry says where, and what is expected there."""
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem("malformed", "The body is not well-formed JSON.")
    return Problem("invalid", errors=[_entry(error) for error in errors[:_MOST]])


def _entry(error: Mapping[str, Any]) -> dict[str, str]:
    source, *path = error["loc"] or ("body",)
    words = _words(error, "field" if source == "body" else "parameter")
    names = [str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "?" for part in path]
    if source == "body":
        return {"pointer": "#" + "".join(f"/{name}" for name in names), "detail": words}
    return {"parameter": ".".join(names), "in": str(source), "detail": words}


def _words(error: Mapping[str, Any], named: str) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"There is no such {named}."
    if kind in _OUR_WORDS:
        return _OUR_WORDS[kind]
    if kind not in _MESSAGES_WITHOUT_VALUES:
        return "This value is not acceptable."
    return _ITEMS.sub(r"The list\1.", str(error["msg"]))
