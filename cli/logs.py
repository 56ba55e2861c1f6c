"""One JSON object a line on standard error; of an exception its type and place, never its words."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

__all__ = ["log_as_json"]


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


def log_as_json(level: int = logging.INFO) -> None:
    """Sets up the process's logging."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # These report every connection that a restarting server refuses, with its address, again and again.
    for name in ("aiokafka", "faststream", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
