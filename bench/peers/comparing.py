"""``almanac bench peers``: our store beside other event stores, alternately, on one PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import pydantic_core
from rich.console import Console

from backbone.embedded import DataDir, EmbeddedPostgres
from backbone.ids import new_id
from bench.databases import make_database
from bench.decisions import CLAIMS, appends, booked_event, bookings
from bench.house import temporary_data
from bench.in_process import open_store, submitted
from bench.measuring import Load
from bench.peers.node import install_packages, node_peer
from bench.peers.peer import CALLERS, Peer, Skipped
from bench.peers.recorder import eventsourcing_recorder
from bench.reporting import Bar, Kept, Result, publish
from bench.rounds import Ratio, Series, alternate

__all__ = ["bench_peers"]

OURS_BOOKING = f"almanac, {CLAIMS} claims each"
OURS_APPENDING = "almanac, plain appends"
RECORDER = "eventsourcing"
CATEGORIES = 64
# Of 4, 8, 16, 32 and 64 connections, those with which each was fastest here.
NODE_PEERS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "emmett-postgresql": ("emmett.js", {"connections": 32}),
    "message-db, one category": ("message_db.js", {"connections": 8, "categories": 1}),
    f"message-db, {CATEGORIES} categories": (
        "message_db.js",
        {"connections": 8, "categories": CATEGORIES},
    ),
}
WARM_SECONDS = 1.0

Contenders = dict[str, Callable[[], Awaitable[Load]]]


async def bench_peers(
    seconds: float, rounds: int, kept: Kept, console: Console, step: Callable[[str], None]
) -> None:
    """Everybody for ``seconds`` in each of ``rounds`` rounds, on fresh tables at the beginning."""
    step("starting PostgreSQL")
    skipped: dict[str, str] = {}
    with temporary_data() as folder, DataDir(folder) as data:
        async with EmbeddedPostgres(data) as postgres, _contenders(postgres, seconds, skipped, step) as all_:
            series = await alternate(all_, rounds, step)
    publish(_result(series, skipped, seconds, rounds), kept, console)


@asynccontextmanager
async def _contenders(
    server: EmbeddedPostgres, seconds: float, skipped: dict[str, str], step: Callable[[str], None]
) -> AsyncIterator[Contenders]:
    state = _state()
    async with AsyncExitStack() as stack:
        peers: dict[str, Peer] = {}
        try:
            url = await make_database(server, RECORDER)
            peers[RECORDER] = await stack.enter_async_context(eventsourcing_recorder(url, state))
        except Skipped as why:
            skipped[RECORDER] = str(why)
        try:
            await install_packages(step)
            for number, (name, (script, settings)) in enumerate(NODE_PEERS.items()):
                url = await make_database(server, f"peer_{number}")
                asked = {**settings, "url": url, "event": pydantic_core.from_json(state)}
                peers[name] = await stack.enter_async_context(node_peer(name, script, asked))
        except Skipped as why:
            skipped.update(dict.fromkeys(NODE_PEERS, str(why)))
        for name, reason in skipped.items():
            step(f"without {name}: {reason}")
        store = await stack.enter_async_context(open_store(await make_database(server, "almanac")))
        booking, appending = bookings(), appends()
        step("warming up")
        await submitted("warming up", store, booking, CALLERS, WARM_SECONDS)
        await submitted("warming up", store, appending, CALLERS, WARM_SECONDS)
        for peer in peers.values():
            await peer.append(WARM_SECONDS)
        yield {
            OURS_BOOKING: lambda: submitted(OURS_BOOKING, store, booking, CALLERS, seconds),
            OURS_APPENDING: lambda: submitted(OURS_APPENDING, store, appending, CALLERS, seconds),
            **{name: _appending(peer, seconds) for name, peer in peers.items()},
        }


def _appending(peer: Peer, seconds: float) -> Callable[[], Awaitable[Load]]:
    return lambda: peer.append(seconds)


def _state() -> bytes:
    """The bytes that everybody appends: a booking's event as we store it."""
    event = booked_event(new_id(), new_id(), new_id(), datetime(2031, 1, 1, tzinfo=UTC))
    return event.__pydantic_serializer__.to_json(event)


def _result(series: list[Series], skipped: Mapping[str, str], seconds: float, rounds: int) -> Result:
    ours, appending, *peers = series
    rates = {each.name: each.values("rate") for each in series}
    ratios = [
        *(Ratio.of(f"our bookings : {peer.name}", rates[ours.name], rates[peer.name]) for peer in peers),
        *(Ratio.of(f"our appends : {peer.name}", rates[appending.name], rates[peer.name]) for peer in peers),
    ]
    bars = []
    if peers:
        best = [max(of_round) for of_round in zip(*(rates[peer.name] for peer in peers), strict=True)]
        to_best = Ratio.of("our bookings : the best peer of the round", rates[ours.name], best)
        ratios.insert(0, to_best)
        bars.append(Bar(to_best.name, "times", 2.0, to_best.median, at_least=True))
    if RECORDER in rates:
        to_recorder = Ratio.of("", rates[ours.name], rates[RECORDER])
        bars.append(Bar(f"our bookings : {RECORDER}", "times", 6.0, to_recorder.median, at_least=True))
    return Result(
        "Event stores on one PostgreSQL",
        f"./almanac bench peers --seconds {seconds:g} --rounds {rounds}",
        series=series,
        ratios=ratios,
        bars=bars,
        notes=[
            f"{CALLERS} callers each; events of {len(_state())} bytes of JSON; fsync on; every append "
            "begins a stream, and is durable before its caller goes on.",
            "Ours also checks and takes the time of provider, room and patient in the first row.",
            *(f"Skipped: {name}: {why}." for name, why in skipped.items()),
        ],
        details={"skipped": dict(skipped)} if skipped else {},
    )
