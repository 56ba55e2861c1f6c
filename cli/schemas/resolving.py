"""A JSON Schema within its document: where its references lead."""

from collections.abc import Mapping
from typing import Any

__all__ = ["Schema", "resolved"]

Schema = Mapping[str, Any]


def resolved(document: Schema, schema: Schema) -> Schema:
    """Follows local references; keywords beside one hold as well."""
    seen: set[str] = set()
    while "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        target: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema
