"""An application that is asked directly, and whose every good answer must be what its reference says."""

from typing import Any

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from starlette.routing import Match

from backbone.web.openapi import document

__all__ = ["DocumentedTransport"]


class DocumentedTransport(httpx.ASGITransport):
    """Fails the test where an answer lacks a documented field, or has one that nobody could know of."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self._routes = app.routes
        self._document = _closed(document(app))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        content = await answer.aread()
        if answer.is_success and answer.headers.get("content-type") == "application/json":
            schema = self._schema(request, answer.status_code)
            if schema is not None:
                body = httpx.Response(200, content=content).json()
                found = [f"{e.json_path}: {e.message}" for e in self._validator(schema).iter_errors(body)]
                assert not found, (request.method, request.url.path, found)
        return answer

    def _schema(self, request: httpx.Request, status: int) -> Any:
        scope = {"type": "http", "path": request.url.path, "method": request.method, "root_path": ""}
        for route in self._routes:
            if route.matches(scope)[0] == Match.FULL:
                operations = self._document["paths"].get(getattr(route, "path_format", ""), {})
                if operation := operations.get(request.method.lower()):
                    return operation["responses"][str(status)]["content"]["application/json"]["schema"]
        return None

    def _validator(self, schema: Any) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": self._document["components"]})


def _closed(node: Any) -> Any:
    """Schemas say that more may come; here, more is something that was forgotten."""
    if isinstance(node, dict):
        closed = {key: _closed(value) for key, value in node.items()}
        if "properties" in node and isinstance(node["properties"], dict):
            closed.setdefault("additionalProperties", False)
        return closed
    return [_closed(each) for each in node] if isinstance(node, list) else node
