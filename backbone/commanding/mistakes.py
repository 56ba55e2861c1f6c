"""How a failure of our own code while it carried out a command is logged."""

import logging

from backbone.commanding.command import Command
from backbone.telemetry.places import places_of

__all__ = ["log_without_contents"]

logger = logging.getLogger(__name__)


def log_without_contents(error: Exception, command: Command) -> None:
    """Logs the kind and the place of an error, never its message: that may repeat a patient's data."""
    where = " < ".join(reversed(places_of(error)))
    event = command.event
    logger.error(
        "a command failed: %s at %s (%s, partition %d, offset %d)",
        type(error).__name__, where, event.topic, event.partition, event.offset,
    )  # fmt: skip
