"""Exceptions that reach the framework, turned into problems: the one place where that is decided."""

import socket

import asyncpg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from backbone.privacy.errors import KeyDestroyedError, KeyMissingError, VaultUnavailableError
from backbone.store.errors import Overloaded, StoreUnavailable, Unstorable
from backbone.store.unavailability import CONNECTION_ENDED
from backbone.web.context import context_of
from backbone.web.problems import Problem, problem_response
from backbone.web.refusing import invalid
from backbone.web.routes import methods_of

__all__ = ["handle_failures"]

_BY_STATUS = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    412: "stale-version",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    503: "unavailable",
}

NO_ROUTE = "There is no route of this address: /docs lists all of them, and none of theirs ends with a slash."

_DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    *CONNECTION_ENDED,
    ConnectionError,
    socket.gaierror,
    TimeoutError,
)
"""What a read on a connection of its own raises while PostgreSQL is away; writes go through the store, which
translates by itself, because it knows whether something was changed."""


def handle_failures(app: FastAPI) -> None:
    """Registers the translations; what none of them fits becomes a 500 at the edge."""

    async def refuse(request: Request, error: Exception) -> Response:
        if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
            raise error  # asyncpg refuses an argument: our mistake, for the edge to log
        problem = _problem(error)
        if problem.type == "method-not-allowed":
            methods = ", ".join(methods_of(request.app.routes, request.scope))
            problem.headers["Allow"] = methods
            problem.detail = f"It has {methods}."
        elif isinstance(error, HTTPException) and error.status_code == 404:
            problem.detail = NO_ROUTE
        return problem_response(problem, context_of(request).request_id)

    for kind in (
        Problem,
        RequestValidationError,
        HTTPException,
        StoreUnavailable,
        Unstorable,
        VaultUnavailableError,
        KeyMissingError,
        KeyDestroyedError,
        *_DATABASE_AWAY,
    ):
        app.add_exception_handler(kind, refuse)


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return invalid(error.errors())
        case HTTPException():
            return Problem(_BY_STATUS.get(error.status_code, "malformed"), headers=error.headers)
        case StoreUnavailable():
            kind = "overloaded" if isinstance(error, Overloaded) else "unavailable"
            detail = (
                "It is not known whether it was done: repeat it with the same Idempotency-Key."
                if error.outcome_unknown
                else "Nothing was changed."
            )
            return Problem(kind, detail, headers={"Retry-After": str(error.retry_after_seconds)})
        case VaultUnavailableError():
            return Problem("unavailable", "Nothing was disclosed.", headers={"Retry-After": "1"})
        case Unstorable():
            return Problem("invalid", error.told)
        case KeyMissingError() | KeyDestroyedError():
            return Problem("not-found")
        case _:  # one of _DATABASE_AWAY
            return Problem("unavailable", headers={"Retry-After": "1"})
