"""``almanac demo``: a clinic's day on real servers, shown as it happens, and checked."""

import asyncio
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="End when the day is over, instead of serving on.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Play another clinic, made from this number.")] = None,
    port: Annotated[int, typer.Option(help="HTTP port.", show_default="any free one", min=0, max=65535)] = 0,
) -> None:
    """Play a clinic's day: real PostgreSQL, real Kafka, every service; hundreds of calls through the public
    interfaces; then check that the store, Kafka and the calendars agree. Status 0 only if they do."""
    # Imported here: no other command has to wait for the demo's many parts.
    from cli.demo.clinic import ClinicFiles
    from cli.demo.running import demonstrate
    from examples.generate import generate, read

    files = ClinicFiles.read(read() if seed is None else generate(seed))
    asyncio.run(demonstrate(files, port=port, leave=leave))
