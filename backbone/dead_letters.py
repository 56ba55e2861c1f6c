"""Dead letters on Kafka: beside each topic one for what could not be processed, and headers that say why.

Whose record it is decides how its key, headers and value go there: that stands with projections and commands.
"""

from dataclasses import dataclass
from typing import Final, Literal

from backbone.topics import Topic

__all__ = ["ERROR", "OFFSET", "PARTITION", "SUFFIX", "Reason", "dead_letter_topic"]

SUFFIX: Final = ".dead-letter"
ERROR: Final = "dead-letter-error"
PARTITION: Final = "dead-letter-partition"
OFFSET: Final = "dead-letter-offset"
_RETENTION_MS: Final = 7 * 24 * 60 * 60 * 1000


def dead_letter_topic(topic: Topic) -> Topic:
    """Where what can't be processed of ``topic`` goes: as many partitions, kept for 7 days."""
    return Topic(topic.name + SUFFIX, topic.partitions, _RETENTION_MS)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record was set aside, and where it had been."""

    consumer: str
    """Who could not process it: a projection, or a service that takes commands."""
    cause: Literal["poison", "behind"]
    """It could not be processed itself, or comes behind one of its key that could not."""
    error: str
    """The kind of error; never the record's content."""
    topic: str
    """Without the installation's prefix."""
    partition: int
    offset: int

    def headers(self) -> list[tuple[str, bytes]]:
        """As they stand beside the record's own; values in ASCII."""
        told = {
            "dead-letter-consumer": self.consumer,
            "dead-letter-cause": self.cause,
            ERROR: self.error,
            "dead-letter-topic": self.topic,
            PARTITION: self.partition,
            OFFSET: self.offset,
        }
        return [(name, str(value).encode("ascii", "backslashreplace")) for name, value in told.items()]
