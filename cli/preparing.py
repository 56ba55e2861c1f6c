"""What must be there before a service runs: its tables, and its topics."""

from collections.abc import Callable, Iterable, Mapping

import asyncpg

from backbone.commanding.naming import topics_of_system
from backbone.commanding.systems import all_systems
from backbone.kafka import Kafka
from backbone.store.migrating import migrate, missing_migrations
from backbone.topics import TopicState, ensure_topics
from cli.catalogue import SYSTEMS, ServiceClass, migrations_of, topics_of
from cli.errors import CliError

__all__ = ["migrate_all", "prepare_system_topics", "prepare_topics", "require_tables"]


async def migrate_all(
    services: Iterable[ServiceClass],
    urls: Mapping[str, str],
    heard: Callable[[str], None] = lambda _schema: None,
) -> dict[str, list[str]]:
    """Brings every schema up to date; returns the migrations applied, by schema.

    ``heard`` is called with each schema's name before it begins.
    """
    applied: dict[str, list[str]] = {}
    for schema, folder in migrations_of(services).items():
        heard(schema)
        try:
            applied[schema] = await migrate(urls[schema], schema, folder)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise CliError(f"PostgreSQL can't be reached for the schema {schema}: {why}") from None
    return applied


async def require_tables(services: Iterable[ServiceClass], urls: Mapping[str, str]) -> None:
    """Raises ``CliError`` where tables are missing that the services need.

    A server that can't be asked is let pass: it is waited for when everything runs.
    """
    for schema, folder in migrations_of(services).items():
        try:
            missing = await missing_migrations(urls[schema], schema, folder)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return
        if missing:
            raise CliError(f"the schema {schema} lacks {', '.join(missing)}: run almanac migrate first")


async def prepare_system_topics(database_url: str, kafka: Kafka) -> list[TopicState]:
    """Creates the missing topics of registered systems; ``database_url``: of the schema that lists them."""
    connection = await asyncpg.connect(database_url, server_settings={"search_path": SYSTEMS})
    try:
        systems = await all_systems(connection)
    finally:
        await connection.close()
    topics = [topic for name in systems for topic in topics_of_system(name)]
    return _checked(await ensure_topics(kafka, topics)) if topics else []


async def prepare_topics(services: Iterable[ServiceClass], kafka: Kafka) -> list[TopicState]:
    """Creates the topics that are missing; fails where one that is there is not as it must be."""
    return _checked(await ensure_topics(kafka, topics_of(services)))


def _checked(states: list[TopicState]) -> list[TopicState]:
    for state in states:
        if state.problems:
            raise CliError(f"Kafka topic {state.name}: {'; '.join(state.problems)}")
    return states
