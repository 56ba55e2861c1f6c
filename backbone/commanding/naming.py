"""The names of topics and types that commands from other systems go by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from backbone.dead_letters import dead_letter_topic
from backbone.topics import Topic

__all__ = [
    "ACCEPTED",
    "Owners",
    "REFUSED",
    "SYSTEM_NAME",
    "command_topic",
    "pattern_of_command_topics",
    "result_topic",
    "system_of",
    "topics_of_system",
]

SYSTEM_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
"""What a system may be called: it is part of topic names."""
ACCEPTED: Final = "almanac.command-results.Accepted.v1"
REFUSED: Final = "almanac.command-results.Refused.v1"

_COMMANDS: Final = "almanac.commands."
_RESULTS: Final = "almanac.command-results."
_RETENTION_MS: Final = 7 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Owners:
    """Which service carries out which commands; the same in every process of an installation.

    Every service reads every command topic in a group of its own and leaves to the others what is theirs.
    """

    by_name: Mapping[str, str]
    """The service of each command: ``BookAppointment``."""
    fallback: str
    """The one service that deals with what belongs to none, so that it is dealt with once."""

    def of(self, event_type: str) -> str | None:
        """Who carries out ``almanac.commands.<Name>.v1``; None where there is no such command."""
        name, _, version = event_type.removeprefix(_COMMANDS).rpartition(".")
        if not event_type.startswith(_COMMANDS) or version != "v1":
            return None
        return self.by_name.get(name)


def command_topic(system: str) -> str:
    """Where a system sends."""
    return _COMMANDS + system


def result_topic(system: str) -> str:
    """Where it is answered."""
    return _RESULTS + system


def system_of(topic: str) -> str:
    """The system whose command topic it is; the topic is all that says so."""
    return topic.removeprefix(_COMMANDS)


def topics_of_system(system: str) -> tuple[Topic, ...]:
    """The topics that come into being with a registration; kept for 7 days."""
    commands = Topic(command_topic(system), retention_ms=_RETENTION_MS)
    return commands, Topic(result_topic(system), retention_ms=_RETENTION_MS), dead_letter_topic(commands)


def pattern_of_command_topics(prefix: str) -> str:
    """A regular expression of all command topics, registered or not, without their dead letters."""
    return f"^{re.escape(prefix + _COMMANDS)}[^.]+$"
