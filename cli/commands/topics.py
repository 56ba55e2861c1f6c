"""``almanac topics``: the Kafka topics created where missing, compared where present."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from backbone.embedded import Embedded
from backbone.embedded.stack import running_servers
from backbone.kafka import Kafka
from backbone.settings import Settings
from backbone.topics import TopicState, ensure_topics
from cli.catalogue import load, topics_of
from cli.configuration import data_dir, read_settings, refuse_plain_text
from cli.errors import FAILED, WRONG_USE, CliError
from cli.options import Json

__all__ = ["topics"]


def topics(
    data: Annotated[Path | None, typer.Option(help="Data directory of the embedded Kafka.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Create nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Create the services' topics and their dead-letter topics, and say where one is not as it must be."""
    settings = read_settings()
    states = asyncio.run(_topics(settings, data_dir(settings, data), create=not check))
    if as_json:
        print(json.dumps([asdict(state) for state in states]))
    else:
        for state in states:
            print(f"{state.name}: {state.summary}")
    if any(state.problems for state in states):
        raise typer.Exit(FAILED)


async def _topics(settings: Settings, data: Path, *, create: bool) -> list[TopicState]:
    wanted = topics_of(load())
    if settings.kafka_bootstrap is not None:
        refuse_plain_text(settings, {})
        return await ensure_topics(Kafka.configured(settings), wanted, create=create)
    if (there := running_servers(data, [])) is not None:
        return await ensure_topics(Kafka.configured(settings, there[1]), wanted, create=create)
    if not create and not (data / "kafka").is_dir():
        raise CliError(f"there is no Kafka in {data}: start almanac up first, or give --data", WRONG_USE)
    async with Embedded(data, postgres=False) as servers:
        return await ensure_topics(Kafka.configured(settings, servers.kafka_bootstrap), wanted, create=create)
