"""What keeps a Kafka client from its work and only people can put right: told once, with what to do."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from backbone.alarm import Alarm
from backbone.kafka import Kafka
from backbone.topic_access import Access, Operation, topic_access

__all__ = ["Needs", "Obstacles", "needing"]

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
Needs = Mapping[str, frozenset[Operation]]
"""By topic, without the installation's prefix."""
_ACL: Final = "add the ACLs that almanac acls prints"
_NOT_OF_TOPICS: Final[Mapping[type[Exception], str]] = {
    ClusterAuthorizationFailedError: "write to any topic",
    GroupAuthorizationFailedError: "read in the group",
    TransactionalIdAuthorizationFailed: "write under the transactional id",
}


def needing(topics: Iterable[str], *operations: Operation) -> Needs:
    """Of each topic the same."""
    return dict.fromkeys(topics, frozenset(operations))


class Obstacles:
    """Those of one client.

    ``who``: as the alarm calls it. ``needs``: may be replaced; asked of Kafka at each look. ``mend``: what
    makes a missing topic.
    """

    def __init__(
        self, who: str, kafka: Kafka, needs: Needs, alarm: Alarm, mend: str = "run almanac topics"
    ) -> None:
        self.needs = needs
        self.missed = False
        """Topics were missing: what they had must be published again."""
        self._who = who
        self._kafka = kafka
        self._alarm = alarm
        self._mend = mend
        self._said: dict[str, str] = {}
        """What was told last, of topics and of what else there is."""
        self._suspect = False

    def refused(self, error: Exception) -> None:
        """An error came: says what it means where that is plain, else has the next look find out."""
        for kind, what in _NOT_OF_TOPICS.items():
            if isinstance(error, kind):
                names = "".join(f" {name}" for name in error.args)
                self._say("others", f"Kafka does not let {self._name} {what}{names}: {_ACL}")
                return
        self._suspect = True

    async def removed(self, error: Exception) -> None:
        """Looks what may be behind an error; returns once another try can help, or nothing is known."""
        self.refused(error)
        if self._suspect:
            # What is in the way is in another's hands: nothing here could tell when it is gone.
            while await self.look():  # noqa: ASYNC110 - see above
                await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> bool:
        """Whether anything is the matter with a topic, which is then said."""
        names = {self._kafka.topic_prefix + topic: needed for topic, needed in self.needs.items()}
        found = await topic_access(self._kafka, names) if names else {}
        if found is None:
            # Kafka is away, which is another matter.
            return False
        self._suspect = False
        troubles = list(self._troubles(found, names))
        if troubles:
            self._say("topics", "; ".join(troubles))
        elif self._said.pop("topics", None):
            self._tell_of_the_end()
        return bool(troubles)

    async def watch(self, is_suspect: Callable[[], bool]) -> None:
        """Until cancelled: looks while something is suspect, or was the matter."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._suspect or "topics" in self._said or is_suspect():
                await self.look()

    def cleared(self) -> None:
        """The work is done again: nothing stands in its way."""
        if self._said:
            self._said.clear()
            self._tell_of_the_end()
        self._suspect = self.missed = False

    def admitted(self) -> None:
        """Kafka lets it in: nothing but topics may stand in its way."""
        if self._said.pop("others", None):
            self._tell_of_the_end()

    def _say(self, of: str, what: str) -> None:
        if what != self._said.get(of):
            self._said[of] = what
            self._alarm(f"{self._who} waits: {what}")

    def _tell_of_the_end(self) -> None:
        logger.warning("it goes on: nothing stands in its way any more", extra={"client": self._who})

    def _troubles(self, found: Mapping[str, Access], names: Needs) -> Iterable[str]:
        if missing := _those(found, lambda _, access: access.state == "missing"):
            self.missed = True
            yield f"Kafka has no {missing}: {self._mend}"
        if hidden := _those(found, lambda _, access: access.state == "hidden"):
            yield f"Kafka hides {hidden} from {self._name}: {_ACL}"
        operations: tuple[Operation, ...] = ("Read", "Write")
        for operation in operations:

            def denied(topic: str, access: Access, wanted: Operation = operation) -> bool:
                return access.state == "there" and wanted in names[topic] - access.allowed

            if forbidden := _those(found, denied):
                yield f"Kafka does not let {self._name} {operation.lower()} {forbidden}: {_ACL}"

    @property
    def _name(self) -> str:
        return self._kafka.sasl_username or "us"


def _those(found: Mapping[str, Access], concerned: Callable[[str, Access], bool]) -> str:
    return ", ".join(sorted(topic for topic, access in found.items() if concerned(topic, access)))
