"""A share of a rebuild done by another process: it fills some partitions into the generation being built."""

import asyncio
import multiprocessing
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from multiprocessing.process import BaseProcess

import uvloop

from backbone.projecting.checkpoints import Lost
from backbone.projecting.engine import Engine
from backbone.projecting.faults import describe
from backbone.projecting.listening import Partition
from backbone.projecting.projection import Projection
from backbone.projecting.replaying import alone, replaying
from backbone.relay.tail import Tail

__all__ = ["HelperEnded", "Opener", "dealt", "helping"]

STOP_SECONDS = 10.0

Opener = Callable[[], AbstractAsyncContextManager[tuple[Engine, Projection]]]
"""Opens, in a new process, what a rebuild works with there; it is pickled, so of a module's own functions."""
Share = Mapping[Partition, Tail]


class HelperEnded(Exception):
    """A process that had a share of the rebuild is gone; it said why on stderr."""


def dealt(ends: Share, shares: int) -> list[dict[Partition, Tail]]:
    """The partitions in as many shares, each with about as much to read."""
    piles: list[dict[Partition, Tail]] = [{} for _ in range(shares)]
    for partition, tail in sorted(ends.items(), key=lambda each: _length(each[1]), reverse=True):
        least = min(piles, key=lambda pile: sum(map(_length, pile.values())))
        least[partition] = tail
    return piles


def _length(tail: Tail) -> int:
    return tail.end - tail.start


@asynccontextmanager
async def helping(opener: Opener, generation: int, share: Share) -> AsyncIterator[asyncio.Future[None]]:
    """A process that fills ``share`` while the block runs; the future gets ``HelperEnded`` if it ends before.

    It never outlives us, however we end.
    """
    loop = asyncio.get_running_loop()
    process = multiprocessing.get_context("spawn").Process(
        target=_help, args=(opener, generation, share), daemon=True
    )
    process.start()
    ended: asyncio.Future[None] = loop.create_future()
    loop.add_reader(process.sentinel, _end, loop, process, ended)
    try:
        yield ended
    finally:
        loop.remove_reader(process.sentinel)
        if not ended.cancel():
            ended.exception()
        await asyncio.shield(asyncio.to_thread(_stop, process))


def _end(loop: asyncio.AbstractEventLoop, process: BaseProcess, ended: "asyncio.Future[None]") -> None:
    loop.remove_reader(process.sentinel)
    ended.set_exception(HelperEnded())


def _stop(process: BaseProcess) -> None:
    process.terminate()
    process.join(STOP_SECONDS)
    process.kill()
    process.join()


def _help(opener: Opener, generation: int, share: Share) -> None:
    """What the new process does: until its parent ends it, or has ended."""
    # Who interrupts means the parent, which ends us in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # Once the generation is live its partitions have another owner, perhaps before we are ended.
        with suppress(asyncio.CancelledError, Lost):
            uvloop.run(_fill(opener, generation, share))
    except Exception as error:
        # Not the error itself: its text may well quote the patient's data.
        sys.exit(f"a rebuild's helper ends: {describe(error)}")


async def _fill(opener: Opener, generation: int, share: Share) -> None:
    loop, filling = asyncio.get_running_loop(), asyncio.ensure_future(_replay(opener, generation, share))
    loop.add_signal_handler(signal.SIGTERM, filling.cancel)
    if (parent := multiprocessing.parent_process()) is not None:
        loop.add_reader(parent.sentinel, filling.cancel)
    await filling


async def _replay(opener: Opener, generation: int, share: Share) -> None:
    async with opener() as (engine, projection):
        with alone(engine) as ours:
            async with replaying(ours, share, projection, generation) as worker:
                await asyncio.wait([worker.stopped])
                worker.stopped.result()
