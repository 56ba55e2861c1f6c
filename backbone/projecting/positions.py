"""The opaque ``position`` of an answer: where its events will be found by a later read."""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic_core import to_json

from backbone.cloudevents.partition import PARTITIONS, partition_of
from backbone.store.decision import Mark

__all__ = ["InvalidPosition", "PartitionMark", "decode_position", "encode_partitions", "encode_position"]

LONGEST = 8_192
_ROOT = "almanac."


class InvalidPosition(ValueError):
    """Not a position that we gave out."""


@dataclass(frozen=True, slots=True)
class PartitionMark:
    """Everything in this partition up to ``sequence``."""

    topic: str
    partition: int
    sequence: int


def encode_position(marks: Iterable[Mark]) -> str:
    """URL-safe text for the marks of a commit; it holds no stream's id, only partitions and sequences."""
    reached = [(mark.topic, partition_of(str(mark.stream_id)), mark.sequence) for mark in marks]
    if len(reached) > 1:
        # In order, so that the highest of a partition is the one that stays.
        highest = {(topic, number): sequence for topic, number, sequence in sorted(reached)}
        reached = [(*partition, sequence) for partition, sequence in highest.items()]
    return encode_partitions(reached)


def encode_partitions(reached: Iterable[tuple[str, int, int]]) -> str:
    """The same for topic, partition and sequence: how far a reader has come."""
    parts = [[topic.removeprefix(_ROOT), number, sequence] for topic, number, sequence in sorted(reached)]
    return base64.urlsafe_b64encode(to_json(parts)).rstrip(b"=").decode("ascii")


def decode_position(token: str) -> Sequence[PartitionMark]:
    """The marks in a token, or ``InvalidPosition``, whatever was sent."""
    if len(token) > LONGEST:
        raise InvalidPosition("too long")
    try:
        text = base64.b64decode(
            token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True
        )
        parts = json.loads(text)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise InvalidPosition("unreadable") from error
    if not isinstance(parts, list):
        raise InvalidPosition("unreadable")
    return [_mark(part) for part in parts]


def _mark(part: object) -> PartitionMark:
    match part:
        case [str(topic), int(number), int(sequence)] if 0 <= number < PARTITIONS and 0 < sequence < 2**63:
            return PartitionMark(_ROOT + topic, number, sequence)
    raise InvalidPosition("unreadable")
