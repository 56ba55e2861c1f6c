"""``almanac projection``: how far projections are, and a rebuild without downtime."""

import asyncio
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from backbone.projecting.lag import projection_statuses
from backbone.projecting.rebuilding import ALONE_RECORDS, Progress, RebuildUnderWay, rebuild
from backbone.settings import Settings
from cli.configuration import data_dir, read_settings
from cli.errors import WRONG_USE, CliError
from cli.options import Data, Json
from cli.reaching import readers
from cli.tables import print_table

__all__ = ["projection"]

projection = typer.Typer(help="Projections: how far they are, and built anew.")


@projection.command("list")
def list_projections(data: Data = None, as_json: Json = False) -> None:
    """Position, lag and what is set aside, of every projection."""
    settings = read_settings()
    rows = asyncio.run(_statuses(settings, data_dir(settings, data)))
    if as_json:
        print(json.dumps(rows, default=str))
        return
    columns = ("service", "name", "generation", "state", "position", "lag", "parked_keys", "updated_at")
    print_table(columns, rows)


@projection.command("rebuild")
def rebuild_projection(
    name: Annotated[str, typer.Argument(help="As in the list.")], data: Data = None, as_json: Json = False
) -> None:
    """Fill new tables from Kafka's first event on, beside the live ones, and change over to them."""
    settings = read_settings()
    generation = asyncio.run(_rebuild(settings, data_dir(settings, data), name))
    print(
        json.dumps({"name": name, "generation": generation})
        if as_json
        else f"{name}: generation {generation}"
    )


async def _statuses(settings: Settings, data: Path) -> list[dict[str, Any]]:
    async with readers(settings, data) as found:
        return [
            {"service": reader.service, **asdict(status)}
            for reader in found
            for status in await projection_statuses(reader.engine, reader.projections)
        ]


async def _rebuild(settings: Settings, data: Path, name: str) -> int:
    async with readers(settings, data) as found:
        for reader in found:
            for each in reader.projections:
                if each.name == name:
                    console = Console(stderr=True)
                    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
                        task = bar.add_task(f"rebuilding {name}", total=None)

                        def heard(now: Progress) -> None:
                            bar.update(task, total=max(now.total, 1), completed=now.total - now.left)  # noqa: B023 - the loop ends here

                        try:
                            alone = replace(reader.engine, batch_records=ALONE_RECORDS)
                            return await rebuild(alone, each, heard)
                        except RebuildUnderWay:
                            raise CliError(f"{name} is being rebuilt already") from None
        known = ", ".join(sorted(each.name for reader in found for each in reader.projections))
    raise CliError(f"there is no projection {name!r}: known are {known}", WRONG_USE)
