"""Counts log lines by level: an alarm is a critical one, and shows on a dashboard like any figure."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter

__all__ = ["counting_lines"]

_LEVELS: Final = ("warning", "error", "critical")


class _Counting(logging.Handler):
    def __init__(self, lines: Counter) -> None:
        super().__init__(logging.WARNING)
        self._children = {level: lines.labels(level) for level in _LEVELS}

    def emit(self, record: logging.LogRecord) -> None:
        child = self._children.get(record.levelname.lower())
        if child is not None:
            child.inc()


@contextmanager
def counting_lines(registry: CollectorRegistry) -> Iterator[None]:
    """Counts this process's lines while the block runs."""
    lines = Counter(
        "almanac_log_lines", "Lines logged, by level; an alarm is critical.", ("level",), registry=registry
    )
    handler = _Counting(lines)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
