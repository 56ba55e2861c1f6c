"""One JSON Schema (2020-12) per event type: exactly the Kafka value, as the event's class describes it."""

import ast
import inspect
import textwrap
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core.core_schema import ModelSchema

from backbone.events import DomainEvent

__all__ = ["DIALECT", "event_schema", "recorded_events", "schema_uri"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def recorded_events(packages: Iterable[str]) -> list[type[DomainEvent]]:
    """What the services list in ``<package>.events.EVENTS``, sorted by type; some record nothing."""
    names = [f"{package}.events" for package in packages]
    modules = [import_module(name) for name in names if find_spec(name)]
    events: list[type[DomainEvent]] = [event for module in modules for event in module.EVENTS]
    return sorted(events, key=lambda event: event.event_type())


def schema_uri(source: str, event_type: str) -> str:
    """``$id`` of the schema, which every record names in ``ce_dataschema``."""
    return f"{source.rstrip('/')}/schemas/events/{event_type}.json"


def event_schema(event: type[DomainEvent], source: str) -> dict[str, Any]:
    """The value's schema, open to properties that a later version of the same type may add.

    A property with a default is not required: records from before it was added lack it for ever.
    """
    generated = event.model_json_schema(mode="serialization", schema_generator=_PublishedSchema)
    head = {
        "$schema": DIALECT,
        "$id": schema_uri(source, event.event_type()),
        "title": event.__name__,
        "description": inspect.cleandoc(event.__doc__ or ""),
        "x-kafka-topic": event.kafka_topic,
    }
    return head | {key: value for key, value in generated.items() if key not in head}


class _PublishedSchema(GenerateJsonSchema):
    """Pydantic's generator without invented titles, with the docstrings of fields, and open objects."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the library's signature
        return False

    def model_schema(self, schema: ModelSchema) -> dict[str, Any]:
        generated = super().model_schema(schema)
        generated.pop("additionalProperties", None)
        for name, text in _field_docstrings(schema["cls"]).items():
            if name in generated.get("properties", {}):
                # A type may tell of itself as well: that a text is ciphertext.
                told = generated["properties"][name].get("description", "")
                generated["properties"][name]["description"] = f"{text} {told}".strip()
        return generated


def _field_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The string below each annotated field, of the model and its bases."""
    texts: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if not issubclass(cls, BaseModel) or cls is BaseModel:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
        assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class is a class
        for field, text in zip(body.body, body.body[1:], strict=False):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    texts[name] = inspect.cleandoc(words)
    return texts
