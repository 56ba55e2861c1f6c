"""``almanac bench``: figures of this machine, from the production code."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

__all__ = ["bench"]

bench = typer.Typer(help="Benchmarks: each prints its table and writes JSON.")

Seconds = Annotated[float, typer.Option(help="How long each load lasts.", min=1, max=3_600)]
Into = Annotated[
    Path | None, typer.Option("--json", help="Where the JSON goes.", dir_okay=False, show_default="nowhere")
]
Plot = Annotated[
    Path | None,
    typer.Option(help="Where the picture goes (SVG, PNG).", dir_okay=False, show_default="nowhere"),
]


@bench.command()
def book(seconds: Seconds = 10, into: Into = None, plot: Plot = None) -> None:
    """Bookings a second, in process and over HTTP, at 1, 8 and 64 callers."""
    from bench.book import bench_book
    from bench.reporting import Kept

    asyncio.run(bench_book(seconds, Kept(into, plot), _console(), _step))


@bench.command()
def pipeline(seconds: Seconds = 20, into: Into = None, plot: Plot = None) -> None:
    """From the commit of a booking until the calendar shows it, at 100 and 1,000 bookings a second."""
    from bench.pipeline import bench_pipeline
    from bench.reporting import Kept

    asyncio.run(bench_pipeline(seconds, Kept(into, plot), _console(), _step))


def _console() -> Console:
    return Console() if Console().is_terminal else Console(width=110)


def _step(text: str) -> None:
    Console(stderr=True).print(f"{text} ...", highlight=False)
