"""Alarms: what somebody must look at, now."""

import logging
from collections.abc import Callable

__all__ = ["Alarm", "log_alarm"]

logger = logging.getLogger(__name__)

Alarm = Callable[[str], None]
"""Takes one sentence, without patient data."""


def log_alarm(message: str) -> None:
    """Writes the alarm to the log as a critical line: what is used where nothing else is wired."""
    logger.critical(message)
