"""One JSON object a line on standard error; of an exception its type and place, never its words."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

__all__ = ["log_as_json"]


CHATTY = ("aiokafka", "faststream")
QUIET_SECONDS = 10.0


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            # Its message is left out: it may repeat the data that caused it.
            line["at"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-8:]
            ]
        return json.dumps(line, ensure_ascii=False)


class _NowAndThen(logging.Filter):
    """Of a Kafka client's complaints, hundreds a second while a broker is away, one of a kind at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(CHATTY):
            return True
        kind = f"{record.name} {record.msg}"
        if record.created - self._last.get(kind, 0.0) < QUIET_SECONDS:
            return False
        self._last[kind] = record.created
        return True


def log_as_json(level: int = logging.INFO) -> None:
    """Sets up the process's logging."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    handler.addFilter(_NowAndThen())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in (*CHATTY, "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
