"""Log lines: JSON, who says it in answer to what, without an exception's words."""

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from backbone.telemetry.current import CURRENT
from backbone.telemetry.logs import log_as_json, log_unhandled
from backbone.web.context import RequestContext

SECRET = "Rosa Moreno, born 1961-04-02"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to standard error; the logging of before comes back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    for module, name in (
        (sys, "excepthook"),
        (sys, "unraisablehook"),
        (threading, "excepthook"),
        (warnings, "showwarning"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))
    log_as_json("booking", "workers")
    yield written
    root.handlers[:], root.level = before


def told(lines: io.StringIO) -> list[dict[str, Any]]:
    """The lines so far, none of which says the secret."""
    assert "Moreno" not in lines.getvalue()
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_line_says_when_how_grave_who_and_what(lines: io.StringIO) -> None:
    logging.getLogger("backbone.relay.relay").warning("starts again", extra={"reason": "OSError"})
    (line,) = told(lines)
    assert line.pop("time")[10] == "T"
    assert line == {
        "level": "warning",
        "service": "booking",
        "part": "workers",
        "logger": "backbone.relay.relay",
        "message": "starts again",
        "reason": "OSError",
    }


async def test_a_line_names_the_request_it_was_said_in_and_no_other(lines: io.StringIO) -> None:
    async def answering() -> None:
        CURRENT.set(RequestContext("r-1", f"00-{TRACE}-b7ad6b7169203331-01"))
        logging.getLogger("backbone.web").error("within")

    await asyncio.create_task(answering())
    logging.getLogger("backbone.web").error("outside")
    within, outside = told(lines)
    assert (within["request_id"], within["trace_id"]) == ("r-1", TRACE)
    assert "request_id" not in outside


def test_what_our_code_says_beside_its_words_is_told_and_others_is_not(lines: io.StringIO) -> None:
    extra = {"service": "patient-flow", "level": "x", "relay": object}
    logging.getLogger("backbone.relay.relay").warning("starts again", extra=extra)
    logging.getLogger("aiokafka").warning("sent", extra={"key": SECRET})
    ours, theirs = told(lines)
    assert (ours["service"], ours["level"], ours["relay"]) == ("patient-flow", "warning", "<class 'object'>")
    assert set(theirs) == {"time", "level", "service", "part", "logger", "message"}


@pytest.mark.parametrize("name", ["backbone.x", "uvicorn.error", "asyncpg"])
def test_an_exception_is_told_without_its_words(lines: io.StringIO, name: str) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger(name).exception("could not do it")
    (line,) = told(lines)
    assert (line["level"], line["message"], line["exception"]) == ("error", "could not do it", "ValueError")
    assert "test_logs.py" in line["at"][0]


def test_an_exception_among_anothers_words_is_its_type(lines: io.StringIO) -> None:
    logging.getLogger("aiokafka.consumer").error("Failed fetch from node %s: %s", 1, ValueError(SECRET))
    assert told(lines)[0]["message"] == "Failed fetch from node 1: ValueError"


async def test_what_the_event_loop_would_print_is_told_without_its_objects(lines: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError(SECRET)

    loop = asyncio.get_running_loop()
    for handler in (None, log_unhandled):
        loop.set_exception_handler(handler)
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        del task
        loop.call_soon(int, SECRET)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    loop.set_exception_handler(None)
    messages = [line["message"] for line in told(lines)]
    assert messages.count("Task exception was never retrieved") == 2
    assert messages.count("Exception in callback int") == 2


def test_what_python_would_print_is_told_without_its_words(lines: io.StringIO) -> None:
    error = ValueError(SECRET)
    sys.excepthook(ValueError, error, None)
    warnings.showwarning(SECRET, UserWarning, "some.py", 7)
    thread = threading.Thread(target=lambda: int(SECRET))
    thread.start()
    thread.join()
    failed, warned, threads = told(lines)
    assert (failed["message"], failed["exception"]) == ("the process failed", "ValueError")
    assert (warned["category"], warned["at"]) == ("UserWarning", ["some.py:7"])
    assert threads["exception"] == "ValueError"


def test_a_client_without_broker_complains_once(lines: io.StringIO) -> None:
    for port in range(100):
        logging.getLogger("aiokafka").error("Unable to connect to %s", port)
        logging.getLogger("ours").warning("this counts")
    loggers = [line["logger"] for line in told(lines)]
    assert loggers.count("aiokafka") == 1
    assert loggers.count("ours") == 100
