"""The OpenAPI 3.1 document: FastAPI's, completed with what our own dependencies read."""

from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from backbone.web.bodies import JsonBody
from backbone.web.caller import PURPOSES
from backbone.web.routes import roles_of

__all__ = ["document"]

_REFERENCE = "#/components/schemas/{model}"

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "request_id"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/slot-taken"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "conflicts": {"type": "array", "items": {"$ref": "#/components/schemas/Conflict"}},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}

_CONFLICT = {
    "type": "object",
    "required": ["kind", "starts_at", "ends_at"],
    "properties": {
        "kind": {"type": "string"},
        "resource_id": {"type": "string", "format": "uuid"},
        "starts_at": {"type": "string", "format": "date-time"},
        "ends_at": {"type": "string", "format": "date-time"},
    },
}

_PURPOSE = {
    "name": "Purpose-Of-Use",
    "in": "header",
    "description": "HL7 PurposeOfUse; without it, the usual one of the role.",
    "schema": {"type": "string", "enum": sorted({each for some in PURPOSES.values() for each in some})},
}

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same caller, route, key and body get the same answer for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag that was read; a later version is answered with 412.",
    "schema": {"type": "string"},
}


def document(app: FastAPI) -> dict[str, Any]:
    """The document for the app's routes, made at the first call and kept."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas |= {"Problem": _PROBLEM, "Conflict": _CONFLICT}
        made["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
        for route in iter_route_contexts(app.routes):
            dependant = getattr(route, "dependant", None)
            if isinstance(dependant, Dependant) and getattr(route, "include_in_schema", True):
                for method in getattr(route, "methods", None) or ():
                    operation = made["paths"].get(str(route.path_format), {}).get(method.lower())
                    if operation is not None:
                        _complete(operation, method, dependant, schemas)
        app.openapi_schema = made
    return app.openapi_schema


def _complete(operation: dict[str, Any], method: str, dependant: Dependant, schemas: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = {
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    roles = roles_of(dependant)
    if roles:
        operation["security"] = [{"bearer": []}]
        operation["x-roles"] = roles
        headers = [_PURPOSE, *((_KEY, _IF_MATCH) if method in ("POST", "PUT", "PATCH", "DELETE") else ())]
        operation.setdefault("parameters", []).extend(headers)
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, JsonBody):
            model = dependency.call.model
            schema = model.model_json_schema(ref_template=_REFERENCE)
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
            reference = {"$ref": _REFERENCE.format(model=model.__name__)}
            operation["requestBody"] = {
                "required": True,
                "content": {"application/json": {"schema": reference}},
            }
