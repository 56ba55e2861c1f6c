"""The contract test between services: a consumer's small model of an event against the event's schema."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cli.schemas.compatibility import READER, Schema, breaking_changes

__all__ = ["assert_reads", "committed_schema", "misreadings", "published_types"]

_EVENTS = Path(__file__).parents[2] / "schemas" / "events"


def assert_reads(model: type[Any], *event_types: str) -> None:
    """Fails with every field of ``model`` that one of these events lacks, may lack, or has in another form.

    ``model`` is whatever the consumer parses values with (a Pydantic model, a dataclass, a ``TypedDict``).
    It may declare less than the event has, and looser types; it must ignore what it does not declare, give a
    default to what is not required, and know every word of an enumeration that it names.
    """
    found = [f"{kind}: {text}" for kind in event_types for text in misreadings(model, committed_schema(kind))]
    assert not found, f"{model.__name__} does not fit what is sent:\n  " + "\n  ".join(found)


def misreadings(model: type[Any], schema: Schema) -> list[str]:
    """How ``model`` would fail on values of ``schema``."""
    return breaking_changes(schema, TypeAdapter(model).json_schema(mode="validation"), READER)


def committed_schema(event_type: str) -> dict[str, Any]:
    """The schema of one event type as it stands in the repository."""
    schema: dict[str, Any] = json.loads((_EVENTS / f"{event_type}.json").read_text())
    return schema


def published_types() -> frozenset[str]:
    """Every event type that may be met on Kafka, in every version."""
    return frozenset(path.stem for path in _EVENTS.glob("*.json"))
