"""Log lines: JSON, without an exception's words, and few of what repeats itself."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from cli.logs import log_as_json


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to standard error; the logging of before comes back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    log_as_json()
    yield written
    root.handlers[:], root.level = before


def test_an_exception_is_told_without_its_words(lines: io.StringIO) -> None:
    try:
        raise ValueError("Rosa Moreno, born 1961-04-02")
    except ValueError:
        logging.getLogger("x").exception("could not do it")
    (line,) = map(json.loads, lines.getvalue().splitlines())
    assert (line["level"], line["message"], line["exception"]) == ("error", "could not do it", "ValueError")
    assert "test_logs.py" in line["at"][0]
    assert "Moreno" not in lines.getvalue()


def test_a_client_without_broker_complains_once(lines: io.StringIO) -> None:
    for port in range(100):
        logging.getLogger("aiokafka").error("Unable to connect to %s", port)
        logging.getLogger("ours").warning("this counts")
    told = [json.loads(line)["logger"] for line in lines.getvalue().splitlines()]
    assert told.count("aiokafka") == 1
    assert told.count("ours") == 100
