"""An answer as it goes over the wire, for what is refused before there is an application to answer it."""

from collections.abc import Iterable

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from backbone.web.edge import ALWAYS
from backbone.web.problems import Problem, problem_body

__all__ = ["ReadyProblem"]

_NAME = "the-request"

Headers = Iterable[tuple[bytes, bytes]]


class ReadyProblem:
    """One problem, written once: the requests that it answers differ in their names only."""

    def __init__(self, problem: Problem) -> None:
        before, after = to_json(problem_body(problem, _NAME)).split(_NAME.encode())
        fixed = [
            *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
            (b"content-type", b"application/problem+json"),
            *ALWAYS,
        ]
        self._head = STATUS_LINE[problem.kind.status] + _lines(fixed)
        self._before, self._after = before, after

    def answer(
        self,
        server_headers: Headers,
        request_id: str,
        traceparent: str | None = None,
        *,
        close: bool,
        head_only: bool = False,
    ) -> bytes:
        """The whole answer to a request. ``request_id``: as ``RequestContext`` has it; ``close``: it is the
        connection's last; ``head_only``: it is to HEAD."""
        named = request_id.encode()
        length = len(self._before) + len(named) + len(self._after)
        return b"".join(
            (
                self._head,
                _lines(server_headers),
                b"content-length: %d\r\nx-request-id: %b\r\n" % (length, named),
                b"" if traceparent is None else b"traceparent: %b\r\n" % traceparent.encode(),
                b"connection: close\r\n\r\n" if close else b"\r\n",
                *(() if head_only else (self._before, named, self._after)),
            )
        )


def _lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])
