"""Rights on Kafka: what a principal may do on a broker that allows nothing by itself. Pure.

On such a broker (``allow.everyone.if.no.acl.found=false``) these are all the rights that are needed: to read
or to write a topic includes to see it, and who may write a topic may do so idempotently.
"""

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from backbone.commanding.naming import command_topic, result_topic
from backbone.dead_letters import SUFFIX

__all__ = ["Right", "arguments_of", "operator_rights", "service_rights"]

Operation = Literal["Create", "Describe", "DescribeConfigs", "Read", "Write"]


@dataclass(frozen=True, slots=True)
class Right:
    """Operations on one topic, group or transactional id, or on all whose names begin alike."""

    resource: Literal["topic", "group", "transactional-id"]
    name: str
    """With the installation's prefix, as the broker knows it."""
    operations: tuple[Operation, ...]
    prefixed: bool = False
    """``name`` is what names begin with."""


def arguments_of(right: Right, principal: str) -> str:
    """For Kafka's own tool ``kafka-acls``, as a shell takes them; where the broker is, they don't say."""
    operations = " ".join(f"--operation {operation}" for operation in right.operations)
    pattern = " --resource-pattern-type prefixed" if right.prefixed else ""
    who = shlex.quote(principal)
    return f"--add --allow-principal {who} {operations}{pattern} --{right.resource} {shlex.quote(right.name)}"


def service_rights(
    service: str, own: Collection[str], heard: Collection[str], *, takes_commands: bool, prefix: str = ""
) -> Iterator[Right]:
    """What one of our services needs to run.

    ``own``: topics that its relay publishes to; ``heard``: topics that its projections follow. Topics are
    made by an operator, except dead letters of a command topic that nobody registered.
    """
    for topic in sorted({*own, *heard}):
        # A relay reads as well: its topics' ends say where it goes on.
        yield Right("topic", prefix + topic, ("Read", "Write") if topic in own else ("Read",))
    for topic in sorted(heard):
        yield Right("topic", prefix + topic + SUFFIX, ("Write",))
    if own:
        yield Right("transactional-id", f"{prefix}almanac-relay-{service}-", ("Write",), prefixed=True)
    if takes_commands:
        # Kafka knows no rights on names that end alike: those to write are for dead letters.
        yield Right("topic", prefix + command_topic(""), ("Read", "Write", "Create"), prefixed=True)
        yield Right("topic", prefix + result_topic(""), ("Write",), prefixed=True)
    if heard or takes_commands:
        yield Right("group", f"{prefix}almanac.{service}.", ("Read",), prefixed=True)


def operator_rights(prefix: str = "") -> Iterator[Right]:
    """What the commands need that somebody runs: topics are made and compared, read and written again."""
    operations: tuple[Operation, ...] = ("Create", "Describe", "DescribeConfigs", "Read", "Write")
    yield Right("topic", f"{prefix}almanac.", operations, prefixed=True)
