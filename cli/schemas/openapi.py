"""The OpenAPI document, and whether callers written against its released form can go on."""

from collections.abc import Iterator
from typing import Any

from cli.schemas.compatibility import REQUEST, RESPONSE, Schema, breaking_changes_between
from cli.schemas.effects import role_changes

__all__ = ["breaking_routes"]

_METHODS = ("get", "put", "post", "delete", "patch")


def breaking_routes(old: Schema, new: Schema) -> list[str]:
    """One sentence per change of a route that breaks a caller of the old document."""
    findings: list[str] = []
    for path, operations in old["paths"].items():
        for method in _METHODS:
            if method not in operations:
                continue
            route = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                findings.append(f"{route}: removed")
            else:
                changes = _Operation(old, operations[method], new, after)
                findings += [f"{route} {change}" for change in changes.breaking()]
    return findings


class _Operation:
    """One operation in its old and new form, each within its document."""

    def __init__(self, old_document: Schema, old: Schema, new_document: Schema, new: Schema) -> None:
        self._documents = old_document, new_document
        self._old, self._new = old, new

    def breaking(self) -> Iterator[str]:
        yield from (told for _, told in role_changes(self._old, self._new))
        yield from self._parameters()
        yield from self._body()
        yield from self._responses()

    def _parameters(self) -> Iterator[str]:
        before, after = _parameters(self._old), _parameters(self._new)
        for name, parameter in before.items():
            if name not in after:
                yield f"parameter {name}: removed"
                continue
            for change in self._schemas(parameter["schema"], after[name]["schema"], request=True):
                yield f"parameter {name} {change}"
        for name, parameter in after.items():
            if parameter.get("required") and not before.get(name, {}).get("required"):
                yield f"parameter {name}: newly required"

    def _body(self) -> Iterator[str]:
        before, after = self._old.get("requestBody", {}), self._new.get("requestBody", {})
        if after.get("required") and not before.get("required"):
            yield "body: newly required"
        for kind, content in before.get("content", {}).items():
            if kind not in after.get("content", {}):
                yield f"body: {kind} no longer accepted"
                continue
            changes = self._schemas(
                content.get("schema", {}), after["content"][kind].get("schema", {}), request=True
            )
            yield from (f"body {change}" for change in changes)

    def _responses(self) -> Iterator[str]:
        for status, response in self._old["responses"].items():
            after = self._new["responses"].get(status)
            if after is None:
                if status.startswith("2"):  # a problem may stop to occur
                    yield f"answer {status}: removed"
                continue
            for kind, content in response.get("content", {}).items():
                if kind not in after.get("content", {}):
                    yield f"answer {status}: {kind} no longer given"
                    continue
                changes = self._schemas(
                    content.get("schema", {}), after["content"][kind].get("schema", {}), request=False
                )
                yield from (f"answer {status} {change}" for change in changes)

    def _schemas(self, old: Schema, new: Schema, *, request: bool) -> list[str]:
        before, after = self._documents
        return breaking_changes_between(before, old, after, new, REQUEST if request else RESPONSE)


def _parameters(operation: Schema) -> dict[str, Any]:
    return {f"{item['in']} {item['name']}": item for item in operation.get("parameters", ())}
