"""One JSON Schema (2020-12) per command: the body of its HTTP twin, with what differs on Kafka."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from backbone.commanding.handlers import Form
from backbone.commanding.opening import EACH, Secret
from cli.schemas.events import DIALECT

__all__ = ["command_schema", "command_type", "forms_of"]

_UUID = {"type": "string", "format": "uuid"}
_JWE = {
    "type": "string",
    "pattern": r"^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*$",
    "description": "Encrypted to the key that GET /v1/keys gives: JWE in compact form, ECDH-ES, A256GCM.",
}


def forms_of(services: Iterable[object]) -> dict[str, Form]:
    """The commands that the services' classes say they take, by name."""
    return {name: form for service in services for name, form in getattr(service, "commands", {}).items()}


def command_type(name: str) -> str:
    """The command's CloudEvents type (``ce_type``)."""
    return f"almanac.commands.{name}.v1"


def command_schema(name: str, form: Form, source: str) -> dict[str, Any]:
    """The schema of a command's value."""
    definitions: dict[str, Any] = {}
    bodies = []
    for model in form.bodies:
        body = _body(model, form)
        definitions |= body.pop("$defs", {})
        bodies.append(body)
    kind = command_type(name)
    head = {
        "$schema": DIALECT,
        "$id": f"{source.rstrip('/')}/schemas/commands/{kind}.json",
        "title": name,
        "x-roles": sorted(form.roles),
    }
    rest = bodies[0] if len(bodies) == 1 else {"anyOf": bodies}
    tail = {"$defs": definitions} if definitions else {}
    return head | {key: value for key, value in rest.items() if key not in head} | tail


def _body(model: type[BaseModel], form: Form) -> dict[str, Any]:
    schema = deepcopy(model.model_json_schema(mode="validation"))
    properties: dict[str, Any] = schema.setdefault("properties", {})
    required = [field for field in schema.get("required", []) if field not in form.named.values()]
    for name, id_field in form.named.items():
        if id_field in properties or id_field == form.subject:
            properties[name] = _identifier(id_field)
    if form.subject is not None:
        properties[form.subject] = _UUID | {"description": "May stand as ce_subject instead."}
    schema.pop("required", None)
    if required:
        schema["required"] = required
    for secret in form.secrets:
        _hide(schema, schema, secret.path, secret)
    return schema


def _identifier(id_field: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"In place of {id_field}: a number by which some system knows the patient.",
        "properties": {"system": {"type": "string"}, "value": {"type": "string"}},
        "required": ["system", "value"],
        "additionalProperties": False,
    }


def _hide(document: dict[str, Any], node: dict[str, Any], path: tuple[str, ...], secret: Secret) -> None:
    """Says of the field at the path, wherever it is written, that it comes encrypted."""
    for schema in _alternatives(document, node):
        name, rest = path[0], path[1:]
        if name == EACH:
            if "items" in schema:
                _hide(document, schema["items"], rest, secret)
        elif name in schema.get("properties", {}):
            if rest:
                _hide(document, schema["properties"][name], rest, secret)
            else:
                schema["properties"][name] = _secret(schema["properties"][name], secret)


def _secret(field: Mapping[str, Any], secret: Secret) -> dict[str, Any]:
    options: list[dict[str, Any]] = [_JWE]
    if secret.codes:
        options.append({"enum": sorted(secret.codes)})
    if {"type": "null"} in field.get("anyOf", ()):
        options.append({"type": "null"})
    return dict(options[0]) if len(options) == 1 else {"anyOf": options}


def _alternatives(document: dict[str, Any], node: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if "$ref" in node:
        node = document["$defs"][node["$ref"].rpartition("/")[2]]
    yield node
    for option in node.get("anyOf", ()):
        yield from _alternatives(document, option)
