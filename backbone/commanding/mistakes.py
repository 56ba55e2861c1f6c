"""Mistakes of ours that a command came upon, as they are logged."""

import logging
import traceback

from backbone.commanding.command import Command

__all__ = ["log_without_contents"]

logger = logging.getLogger(__name__)


def log_without_contents(error: Exception, command: Command) -> None:
    """Kind and place of a mistake of ours; never a value, which may be a patient's data."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    event = command.event
    logger.error(
        "a command failed: %s at %s (%s, partition %d, offset %d)",
        type(error).__name__, where, event.topic, event.partition, event.offset,
    )  # fmt: skip
