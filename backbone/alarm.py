"""Alarms: what somebody must look at, now."""

import logging
from collections.abc import Callable

__all__ = ["Alarm", "log_alarm"]

logger = logging.getLogger(__name__)

Alarm = Callable[[str], None]
"""Takes one sentence, without patient data."""


def log_alarm(message: str) -> None:
    """For who has no better place: a critical line in the log."""
    logger.critical(message)
