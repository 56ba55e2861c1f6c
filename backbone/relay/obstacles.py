"""What keeps a relay from publishing and only people can put right: told once, with what to do."""

import asyncio
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from backbone.alarm import Alarm
from backbone.kafka import Kafka
from backbone.topics import Topic

__all__ = ["Obstacles"]

LOOK_SECONDS = 1.0
ASK_MS = 5_000
_FORBIDDEN = (
    ClusterAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)


class Obstacles:
    """Those of one relay."""

    def __init__(self, relay: str, kafka: Kafka, topics: Sequence[Topic], alarm: Alarm) -> None:
        self._relay = relay
        self._kafka = kafka
        self._topics = {kafka.topic_prefix + topic.name for topic in topics}
        self._alarm = alarm
        self._said = ""
        self.missed = False
        """Topics were missing: what they had must be published again."""

    async def removed(self, error: Exception) -> None:
        """Looks what may be behind an error; returns once another try can help, or nothing is known."""
        if isinstance(error, _FORBIDDEN):
            self._say(
                f"Kafka forbids it ({type(error).__name__}): an ACL must let it write and describe its topics"
                " and its transactional id"
            )
            return
        while missing := await self._missing():
            self.missed = True
            names = ", ".join(missing)
            self._say(
                f"Kafka has no {names}, or hides it: run almanac topics, or let it be described by an ACL"
            )
            await asyncio.sleep(LOOK_SECONDS)
        self._said = ""

    def published(self) -> None:
        """Nothing stands in the way any more."""
        self._said, self.missed = "", False

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            self._alarm(f"{self._relay} waits: {what}")

    async def _missing(self) -> list[str]:
        """Topics that Kafka does not show; none where Kafka can't be asked, which is another matter."""
        admin = AIOKafkaAdminClient(**self._kafka.options(), request_timeout_ms=ASK_MS)
        try:
            async with asyncio.timeout(2 * ASK_MS / 1000):
                await admin.start()
                return sorted(self._topics.difference(await admin.list_topics()))
        except (KafkaError, OSError, TimeoutError):
            return []
        finally:
            await admin.close()
