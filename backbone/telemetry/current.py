"""What the present task works on, for the lines that it logs."""

from contextvars import ContextVar
from typing import Final, Protocol

__all__ = ["CURRENT", "Named"]


class Named(Protocol):
    """A request or command: its id, and the W3C trace that it belongs to."""

    @property
    def request_id(self) -> str: ...
    @property
    def traceparent(self) -> str: ...


CURRENT: Final[ContextVar[Named | None]] = ContextVar("almanac_current", default=None)
"""Set where a request or command comes in, each in its own task; None: work that no request asked for."""
