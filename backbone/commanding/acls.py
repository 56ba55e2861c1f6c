"""Which rights bind a system's topics to its Kafka principal: as arguments for Kafka's own tool. Pure."""

from collections.abc import Iterator

from backbone.commanding.naming import command_topic, result_topic

__all__ = ["acl_commands"]


def acl_commands(system: str, principal: str, topic_prefix: str = "") -> Iterator[str]:
    """``kafka-acls`` arguments: it alone writes its commands, it alone reads its answers.

    On a broker that allows nothing by default (``allow.everyone.if.no.acl.found=false``) these are all the
    rights that the system needs.
    """
    add = f"--add --allow-principal '{principal}'"
    yield f"{add} --operation Write --operation Describe --topic {topic_prefix}{command_topic(system)}"
    yield f"{add} --operation Read --operation Describe --topic {topic_prefix}{result_topic(system)}"
    yield f"{add} --operation Read --resource-pattern-type prefixed --group {system}"
