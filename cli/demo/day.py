"""The demo's course: register the clinic, play its day, gather what everybody says about it, compare."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx

from backbone.kafka import Kafka
from cli.demo.anchor import Anchor, next_monday
from cli.demo.checking.verdict import Verdict
from cli.demo.clinic import ClinicFiles
from cli.demo.desk import Desk
from cli.demo.evidence import gather
from cli.demo.judging import judge
from cli.demo.ledger import Ledger
from cli.demo.observer import Observer, observing
from cli.demo.player import play
from cli.demo.playing.shift import Shift
from cli.demo.registering import register_clinic, register_patients
from cli.demo.screen import Screen
from cli.demo.script import parse_calls
from cli.demo.showing import show

__all__ = ["Lived", "System", "live_a_day"]

_CLERKS = 4
_FOOTHILLS_ONLY = "foothills-scheduler"


@dataclass(frozen=True, slots=True)
class System:
    """A running Almanac, as the demo reaches it."""

    url: str
    kafka: Kafka
    topics: Sequence[str]
    token: Callable[[str, Sequence[UUID] | None], str]
    """A token for a role, limited to facilities or not."""
    rebuild: Callable[[], Awaitable[None]]
    """Builds every view anew from Kafka and switches over."""


@dataclass(frozen=True, slots=True)
class Lived:
    """A day that was played and judged."""

    shift: Shift
    verdicts: Sequence[Verdict]


async def live_a_day(system: System, files: ClinicFiles, screen: Screen) -> Lived:
    """Plays the whole day and judges it; what is checked is shown."""
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=32)
        client = httpx.AsyncClient(base_url=system.url, timeout=30, limits=limits, trust_env=False)
        http = await stack.enter_async_context(client)
        observer = await stack.enter_async_context(observing(system.kafka, system.topics))
        tokens = {role: system.token(role, None) for role in ("scheduler", "front-desk")}
        shift = await _registered(Desk(http, tokens), files, screen)
        tokens[_FOOTHILLS_ONLY] = system.token("scheduler", [shift.known.facilities["Foothills"]])
        await _played(shift, observer, screen)
        evidence = await gather(shift, observer, system.rebuild, screen)
        show(shift, observer, evidence, screen)
        verdicts = judge(shift, observer, evidence)
        screen.verdicts(verdicts)
        return Lived(shift, verdicts)


async def _registered(desk: Desk, files: ClinicFiles, screen: Screen) -> Shift:
    anchor = Anchor(next_monday(datetime.now(UTC)))
    screen.heading(f"The clinic: two weeks to book from {anchor.day0:%A}, {anchor.day0}")
    things = (files.facilities, files.visit_types, files.resources, files.templates, files.absences)
    with screen.progress("Registering the clinic", sum(map(len, things))) as done:
        known = await register_clinic(desk, files, anchor, done)
    with screen.progress("Registering patients", len(files.patients)) as done:
        await register_patients(desk, files, known, done)
    return Shift(desk, files, known, anchor, Ledger())


async def _played(shift: Shift, observer: Observer, screen: Screen) -> None:
    day = parse_calls(shift.files.calls)
    screen.heading("The day's calls")
    with screen.progress("Answering calls", len(day)) as done:
        await play(
            shift,
            day,
            clerks=_CLERKS,
            heard=lambda call: done(f"{call.at} {call.call}; {observer.counts.total()} events seen on Kafka"),
        )
