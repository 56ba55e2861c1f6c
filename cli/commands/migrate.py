"""``almanac migrate``: every service's tables brought up to date."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from backbone.embedded import Embedded
from backbone.embedded.stack import running_servers
from backbone.settings import Settings
from cli.catalogue import ServiceClass, load, migrations_of
from cli.configuration import data_dir, database_urls, read_settings, refuse_plain_text
from cli.options import Json
from cli.preparing import migrate_all

__all__ = ["migrate"]


def migrate(
    data: Annotated[Path | None, typer.Option(help="Data directory of the embedded PostgreSQL.")] = None,
    as_json: Json = False,
) -> None:
    """Bring every schema up to date, on the configured PostgreSQL or the embedded one (up does it too)."""
    settings = read_settings()
    applied = asyncio.run(_migrate(settings, data_dir(settings, data), load()))
    if as_json:
        print(json.dumps(applied))
        return
    for schema, names in applied.items():
        print(f"{schema}: {', '.join(names) or 'up to date'}")


async def _migrate(settings: Settings, data: Path, services: list[ServiceClass]) -> dict[str, list[str]]:
    schemas = list(migrations_of(services))
    if settings.database_url is not None:
        urls = database_urls(settings, schemas)
        refuse_plain_text(settings, urls)
        return await migrate_all(services, urls)
    if (there := running_servers(data, schemas)) is not None:
        return await migrate_all(services, there[0])
    async with Embedded(data, schemas, kafka=False) as servers:
        return await migrate_all(services, servers.database_urls)
