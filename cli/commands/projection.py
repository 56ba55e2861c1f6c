"""``almanac projection``: how far projections are, and a rebuild without downtime."""

import asyncio
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console
from rich.progress import Progress as Bar

from backbone.cloudevents.partition import PARTITIONS
from backbone.projecting.helping import HelperEnded
from backbone.projecting.lag import projection_statuses
from backbone.projecting.rebuilding import Progress, RebuildUnderWay, rebuild
from backbone.projecting.replaying import alone
from backbone.settings import Settings
from cli.configuration import data_dir, read_settings
from cli.errors import CliError
from cli.options import Data, Json
from cli.reaching import one_projection, readers
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
    name: Annotated[str, typer.Argument(help="As in the list.")],
    processes: Annotated[int, typer.Option(help="How many share the work.", min=1, max=PARTITIONS)] = 1,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Fill new tables from Kafka's first event on, beside the live ones, and change over to them."""
    settings = read_settings()
    generation = uvloop.run(_rebuild(settings, data_dir(settings, data), name, processes))
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


async def _rebuild(settings: Settings, data: Path, name: str, processes: int) -> int:
    opener = partial(one_projection, settings, data, name)
    console = Console(stderr=True)
    async with opener() as (engine, projection):
        with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(f"rebuilding {name}", total=None)

            def heard(now: Progress) -> None:
                bar.update(task, total=max(now.total, 1), completed=now.total - now.left)

            try:
                with alone(engine) as ours:
                    return await rebuild(ours, projection, heard, [opener] * (processes - 1))
            except RebuildUnderWay:
                raise CliError(f"{name} is being rebuilt already") from None
            except HelperEnded:
                raise CliError(f"{name} is as it was: a process that helped has ended") from None
