"""A connection whose requests begin when they are admitted; until then nothing is spent on them.

Uvicorn begins to work on whatever comes.
"""

from typing import Any, ClassVar, NamedTuple, cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from backbone.ids import new_id_text
from backbone.web.admission import Admission, Kind
from backbone.web.connection import Bounded
from backbone.web.context import given_names
from backbone.web.problems import Problem
from backbone.web.wire import ReadyProblem

__all__ = ["AdmittedConnection", "admitted_by"]


class AdmittedConnection(Bounded):
    """Its requests are admitted, or refused at once."""

    admission: ClassVar[Admission]
    overloaded: ClassVar[ReadyProblem]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Where uvicorn begins to work on a request, once it is its turn on the connection."""
        kind = self.admission.kind_of(cast(Scope, cycle.scope))
        if kind is None:
            super()._start_asgi_task(cycle, app)
        else:
            self.admission.queue(kind).admit(_Request(self, cycle, app, kind), self.loop.time())

    def begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begins to work on it."""
        super()._start_asgi_task(cycle, app)

    def refuse(self, cycle: RequestResponseCycle) -> None:
        """Answers without a task, a route or a look at the token; the connection stays."""
        cycle.response_started = cycle.response_complete = True
        scope = cast(Scope, cycle.scope)
        request_id, traceparent = given_names(scope)
        answer = self.overloaded.answer(
            self.server_state.default_headers,
            request_id or new_id_text(),
            traceparent,
            close=not cycle.keep_alive,
            head_only=scope["method"] == "HEAD",
        )
        self.transport.write(answer)
        if not cycle.keep_alive:
            self.transport.close()
        if self.pipeline:
            self.loop.call_soon(self.on_response_complete)  # the next, however many they are
        else:
            self.on_response_complete()


class _Request(NamedTuple):
    """One that wants to be admitted."""

    connection: AdmittedConnection
    cycle: RequestResponseCycle
    app: Any
    kind: Kind

    def begin(self) -> bool:
        if self.cycle.disconnected:
            return False
        self.connection.begin(self.cycle, self._releasing)
        return True

    def refuse(self) -> None:
        if not self.cycle.disconnected:
            self.connection.admission.count_refusal(self.kind)
            self.connection.refuse(self.cycle)

    async def _releasing(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            self.connection.admission.queue(self.kind).release(self.connection.loop.time())


def admitted_by(admission: Admission) -> type[AdmittedConnection]:
    """The protocol of a server that admits requests so. (Uvicorn takes a class.)"""

    class Admitted(AdmittedConnection):
        pass

    Admitted.admission = admission
    Admitted.overloaded = ReadyProblem(
        Problem("overloaded", "Nothing was changed.", headers={"Retry-After": "1"})
    )
    return Admitted
