"""``almanac up``: everything in the foreground."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.configuration import data_dir, read_settings
from cli.foreground import until_told
from cli.installation import Installation, Plan, running
from cli.showing import showing

__all__ = ["introduce", "up"]


def up(
    data: Annotated[
        Path | None,
        typer.Option(
            help="Data directory.", show_default="ALMANAC_DATA_DIR, else the user's", file_okay=False
        ),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="HTTP port; 0: any free one.", show_default="8080", min=0, max=65535)
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Run everything here, in the foreground: embedded PostgreSQL and Kafka where none is configured, and all
    services. Data survive a stop and a crash. Ctrl-C ends it."""
    settings = read_settings()
    plan = Plan(settings, data_dir(settings, data), host, settings.port if port is None else port)
    asyncio.run(_until_told(plan, Console(stderr=True)))


async def _until_told(plan: Plan, console: Console) -> None:
    if not await until_told(_run(plan, console)):
        console.print("stopped")


async def _run(plan: Plan, console: Console) -> None:
    """Until cancelled."""
    with showing(console) as shown:
        told = replace(plan, step=shown.step, progress=shown.download, trouble=_warning(console))
        async with running(told) as installation:
            shown.end()
            introduce(installation, plan, console)
            await asyncio.Event().wait()


def _warning(console: Console) -> Callable[[str], None]:
    return lambda text: console.print(text, style="yellow", highlight=False, soft_wrap=True)


def introduce(installation: Installation, plan: Plan, console: Console) -> None:
    """Says how it is reached. Standard output gets the address alone, for scripts; where both are a person's
    terminal, the lines for people say it."""
    if not (console.is_terminal and sys.stdout.isatty()):
        print(installation.url, flush=True)
    lines = [
        f"Almanac is ready at {installation.url} (documentation: {installation.url}/docs)",
        f"Kafka: {installation.kafka.bootstrap}",
        f"Data and logs: {installation.data}",
    ]
    if plan.settings.dev:
        lines.append(f"Development mode: ./almanac token --role scheduler --data {installation.data}")
    elif plan.settings.oidc_issuer is None:
        lines.append("Nobody can call yet: set ALMANAC_OIDC_ISSUER, or ALMANAC_DEV=1 for development tokens.")
    lines.append("Ctrl-C ends it.")
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
