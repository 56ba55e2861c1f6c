"""Where requests come in: through their door, or not at all, before anything is spent on them.

Uvicorn begins to work on whatever comes.
"""

from typing import Any, ClassVar, NamedTuple, cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from backbone.ids import new_id_text
from backbone.web.connection import Bounded
from backbone.web.context import given_names
from backbone.web.door import Door
from backbone.web.doors import Doors
from backbone.web.problems import Problem
from backbone.web.wire import ReadyProblem

__all__ = ["Entered", "entered_by"]


class Entered(Bounded):
    """A connection whose requests come in through doors."""

    doors: ClassVar[Doors]
    overloaded: ClassVar[ReadyProblem]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Where uvicorn begins to work on a request, once it is its turn on the connection."""
        door = self.doors.of(cast(Scope, cycle.scope))
        if door is None:
            super()._start_asgi_task(cycle, app)
            return
        door.comes(_Coming(self, cycle, app, door), self.loop.time())

    def begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Begins to work on it."""
        super()._start_asgi_task(cycle, app)

    def turn_away(self, cycle: RequestResponseCycle) -> None:
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


class _Coming(NamedTuple):
    """A request at its door."""

    connection: Entered
    cycle: RequestResponseCycle
    app: Any
    door: Door

    def begin(self) -> bool:
        if self.cycle.disconnected:
            return False
        self.connection.begin(self.cycle, _through(self.door, self.app))
        return True

    def turn_away(self) -> None:
        if not self.cycle.disconnected:
            self.connection.doors.turned_away(self.door)
            self.connection.turn_away(self.cycle)


def entered_by(doors: Doors) -> type[Entered]:
    """The protocol of a server whose requests come in through those doors."""

    class Through(Entered):
        pass

    Through.doors = doors
    Through.overloaded = ReadyProblem(
        Problem("overloaded", "Nothing was changed.", headers={"Retry-After": "1"})
    )
    return Through


def _through(door: Door, app: Any) -> Any:
    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            door.goes()

    return inside
