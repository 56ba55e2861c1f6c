"""Which rights on Kafka bind a system's topics to its principal. Pure."""

from collections.abc import Iterator

from backbone.commanding.naming import command_topic, result_topic
from backbone.rights import Right

__all__ = ["system_rights"]


def system_rights(system: str, topic_prefix: str = "") -> Iterator[Right]:
    """It alone writes its commands, it alone reads its answers, in groups that begin with its name and a dot.

    The dot, because names may begin alike: no name has one, so ``lab`` gets nothing of ``lab-2``.
    """
    yield Right("topic", topic_prefix + command_topic(system), ("Write",))
    yield Right("topic", topic_prefix + result_topic(system), ("Read",))
    yield Right("group", f"{topic_prefix}{system}.", ("Read",), prefixed=True)
