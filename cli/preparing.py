"""What must be there before a service runs: its tables, and its topics."""

from collections.abc import Callable, Iterable, Mapping

from backbone.kafka import Kafka
from backbone.store.migrating import migrate
from backbone.topics import TopicState, ensure_topics
from cli.catalogue import ServiceClass, migrations_of, topics_of
from cli.errors import CliError

__all__ = ["migrate_all", "prepare_topics"]


async def migrate_all(
    services: Iterable[ServiceClass],
    urls: Mapping[str, str],
    heard: Callable[[str], None] = lambda _schema: None,
) -> dict[str, list[str]]:
    """Brings every schema up to date; what was applied, by schema. ``heard`` is told each schema before."""
    applied: dict[str, list[str]] = {}
    for schema, folder in migrations_of(services).items():
        heard(schema)
        applied[schema] = await migrate(urls[schema], schema, folder)
    return applied


async def prepare_topics(services: Iterable[ServiceClass], kafka: Kafka) -> list[TopicState]:
    """Creates the topics that are missing; fails where one that is there is not as it must be."""
    states = await ensure_topics(kafka, topics_of(services))
    for state in states:
        if state.problems:
            raise CliError(f"Kafka topic {state.name}: {'; '.join(state.problems)}")
    return states
