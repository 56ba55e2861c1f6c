"""One JSON object a line on standard error; of an exception its type and place, never its words.

Our own code puts what it knows into ``extra`` fields. Of the lines of other libraries, the words that their
authors wrote are kept; what may be made of data is left out.
"""

import asyncio
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TextIO

from backbone.telemetry.current import CURRENT
from backbone.telemetry.places import places_of

__all__ = ["log_as_json", "log_unhandled"]

logger = logging.getLogger(__name__)

_OURS: Final = ("backbone.", "services.", "cli.", "bench.")
_CHATTY: Final = ("aiokafka", "faststream", "opentelemetry")
_QUIET: Final = (*_CHATTY, "asyncio", "httpx", "httpcore", "urllib3")
"""Only warnings of these are logged: below that they log every request, with its URL."""
_QUIET_SECONDS: Final = 10.0
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has."""
_QUOTED: Final = re.compile(r"[<(\n]")
"""Where asyncio begins to show the objects it speaks of, with the exceptions and arguments in them."""


class _JsonLines(logging.Formatter):
    def __init__(self, service: str, part: str) -> None:
        super().__init__()
        self._process = {"service": service, "part": part}

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.startswith(_OURS)
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **self._process,
            "logger": record.name,
            "message": record.getMessage() if ours else _words(record),
        }
        named = CURRENT.get()
        if named is not None:
            line["request_id"] = named.request_id
            line["trace_id"] = named.traceparent[3:35]
        if ours:
            said = {name: value for name, value in vars(record).items() if name not in _STANDARD}
            line |= {name: value for name, value in said.items() if name == "service" or name not in line}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _fault(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _words(record: logging.LogRecord) -> str:
    """Another library's words: without what exceptions say, and of asyncio without the objects it shows."""
    arguments = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(type(a).__name__ if isinstance(a, BaseException) else a for a in arguments)
    message = str(record.msg) % arguments if arguments else str(record.msg)
    return _QUOTED.split(message, maxsplit=1)[0].strip() if record.name == "asyncio" else message.strip()


def _fault(error: BaseException) -> dict[str, object]:
    """Type and place. Its message is left out: it may repeat the data that caused it."""
    return {"exception": type(error).__name__, "at": places_of(error, at_most=8)}


class _NowAndThen(logging.Filter):
    """Lets one line of a kind through every ten seconds: while a broker is away, Kafka's client logs hundreds
    of the same a second."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_CHATTY):
            return True
        kind = f"{record.name} {record.msg}"
        if record.created - self._last.get(kind, 0.0) < _QUIET_SECONDS:
            return False
        self._last[kind] = record.created
        return True


def log_as_json(service: str = "almanac", part: str = "all", level: int = logging.INFO) -> None:
    """Sets up the process's logging; what Python itself would print goes the same way.

    ``service``: whose process it is. ``part``: which half: ``http``, ``workers`` or ``all``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines(service, part))
    handler.addFilter(_NowAndThen())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.showwarning = _warned
    sys.excepthook = _ended
    threading.excepthook = lambda told: _told("a thread failed", told.exc_value)
    sys.unraisablehook = lambda told: _told("an exception could not be raised", told.exc_value)


def log_unhandled(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """An event loop's exception handler: asyncio's own prints objects with all that is in them."""
    message = _QUOTED.split(str(context.get("message", "")), maxsplit=1)[0].strip()
    _told(message or "unhandled in the event loop", context.get("exception"))


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    del kind, trace
    if isinstance(error, KeyboardInterrupt):
        return
    _told("the process failed", error)


def _told(message: str, error: BaseException | None) -> None:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    logger.error(message, exc_info=exc_info)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning's kind and place: Pydantic's quote the values that they are about."""
    del message, file, line
    logger.warning("a warning", extra={"category": category.__name__, "at": [f"{filename}:{lineno}"]})
