"""``almanac bench``: figures of this machine, from the production code."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

__all__ = ["bench"]

bench = typer.Typer(help="Benchmarks: each prints its table and writes JSON.")

Seconds = Annotated[float, typer.Option(help="How long each load lasts.", min=1, max=3_600)]
Rounds = Annotated[int, typer.Option(help="How often each contender has its turn.", min=1, max=1_000)]
Into = Annotated[
    Path | None, typer.Option("--json", help="Where the JSON goes.", dir_okay=False, show_default="nowhere")
]
Plot = Annotated[
    Path | None,
    typer.Option(help="Where the picture goes (SVG, PNG).", dir_okay=False, show_default="nowhere"),
]


@bench.command()
def book(
    seconds: Seconds = 10,
    offered: Annotated[float, typer.Option(help="Bookings a second, open loop.", min=1)] = 2_000,
    into: Into = None,
    plot: Plot = None,
) -> None:
    """Bookings a second, in process and over HTTP, at 1, 8 and 64 callers and at a fixed rate."""
    from bench.book import bench_book
    from bench.reporting import Kept

    uvloop.run(bench_book(seconds, offered, Kept(into, plot), _console(), _step))


@bench.command()
def pipeline(seconds: Seconds = 20, into: Into = None, plot: Plot = None) -> None:
    """From the commit of a booking until the calendar shows it, at 100 and 1,000 bookings a second."""
    from bench.pipeline import bench_pipeline
    from bench.reporting import Kept

    uvloop.run(bench_pipeline(seconds, Kept(into, plot), _console(), _step))


@bench.command()
def peers(seconds: Seconds = 4, rounds: Rounds = 5, into: Into = None, plot: Plot = None) -> None:
    """Our store beside other event stores, alternately, on one PostgreSQL."""
    from bench.peers.comparing import bench_peers
    from bench.reporting import Kept

    uvloop.run(bench_peers(seconds, rounds, Kept(into, plot), _console(), _step))


@bench.command()
def slot(
    races: Annotated[int, typer.Option(help="How many, one after the other.", min=1)] = 300,
    into: Into = None,
    plot: Plot = None,
) -> None:
    """Fifty callers for one slot over HTTP: how long until all are answered."""
    from bench.reporting import Kept
    from bench.slot import bench_slot

    uvloop.run(bench_slot(races, Kept(into, plot), _console(), _step))


@bench.command()
def overload(seconds: Seconds = 10, into: Into = None, plot: Plot = None) -> None:
    """Two and four times the bookings that the house can do: who is accepted, who refused, how soon."""
    from bench.overload import bench_overload
    from bench.reporting import Kept

    uvloop.run(bench_overload(seconds, Kept(into, plot), _console(), _step))


@bench.command()
def availability(seconds: Seconds = 10, into: Into = None, plot: Plot = None) -> None:
    """Free times of any of 20 providers over 30 days, with rooms and devices, half full, 8 callers."""
    from bench.availability import bench_availability
    from bench.reporting import Kept

    uvloop.run(bench_availability(seconds, Kept(into, plot), _console(), _step))


@bench.command()
def rebuild(
    events: Annotated[int, typer.Option(help="How many events Kafka has.", min=1_000)] = 1_000_000,
    rounds: Rounds = 1,
    processes: Annotated[int, typer.Option(help="How many share the work.", min=1)] = 2,
    into: Into = None,
    plot: Plot = None,
) -> None:
    """The calendars built anew from the events on Kafka."""
    from bench.rebuild import bench_rebuild
    from bench.reporting import Kept

    uvloop.run(bench_rebuild(events, rounds, processes, Kept(into, plot), _console(), _step))


@bench.command()
def history(
    events: Annotated[int, typer.Option(help="How many the full store has.", min=1_000)] = 5_000_000,
    seconds: Seconds = 4,
    rounds: Rounds = 5,
    into: Into = None,
    plot: Plot = None,
) -> None:
    """Booking into a store with millions of events and into an empty one, alternately."""
    from bench.history import bench_history
    from bench.reporting import Kept

    uvloop.run(bench_history(events, seconds, rounds, Kept(into, plot), _console(), _step))


@bench.command()
def memory(
    minutes: Annotated[float, typer.Option(help="How long it works.", min=0.1, max=1_440)] = 3,
    rate: Annotated[float, typer.Option(help="Requests a second.", min=1)] = 200,
    into: Into = None,
    plot: Plot = None,
) -> None:
    """Resident memory of the whole of `almanac up` under load, and how it grows."""
    from bench.memory import bench_memory
    from bench.reporting import Kept

    uvloop.run(bench_memory(minutes, rate, Kept(into, plot), _console(), _step))


def _console() -> Console:
    return Console() if Console().is_terminal else Console(width=110)


def _step(text: str) -> None:
    Console(stderr=True).print(f"{text} ...", highlight=False)
