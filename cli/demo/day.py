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

__all__ = ["Installation", "live_a_day"]

_CLERKS = 4
_FOOTHILLS_ONLY = "foothills-scheduler"

TokenMaker = Callable[[str, Sequence[UUID] | None], str]
"""A token for a role, limited to facilities or not."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A running Almanac, as the demo reaches it."""

    base_url: str
    kafka: Kafka
    topics: Sequence[str]
    token: TokenMaker
    rebuild: Callable[[], Awaitable[None]]
    """Builds every projection anew from Kafka and switches over."""


async def live_a_day(at: Installation, files: ClinicFiles, screen: Screen) -> list[Verdict]:
    """Plays the whole day and judges it."""
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=32)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=at.base_url, timeout=30, limits=limits)
        )
        observer = await stack.enter_async_context(observing(at.kafka, at.topics))
        tokens = {role: at.token(role, None) for role in ("scheduler", "front-desk", "ops", "auditor")}
        desk = Desk(http, tokens)
        shift = await _registered(desk, files, screen)
        tokens[_FOOTHILLS_ONLY] = at.token("scheduler", [shift.known.facilities["Foothills"]])
        await _played(shift, observer, screen)
        evidence = await gather(shift, observer, at.rebuild, screen)
        await show(shift, observer, evidence, screen)
        verdicts = judge(shift, observer, evidence)
        screen.verdicts(verdicts)
        return verdicts


async def _registered(desk: Desk, files: ClinicFiles, screen: Screen) -> Shift:
    anchor = Anchor(next_monday(datetime.now(UTC)))
    screen.heading(f"The clinic opens its calendars from {anchor.day0:%A}, {anchor.day0}")
    things = (files.facilities, files.visit_types, files.resources, files.templates, files.absences)
    with screen.progress("Registering the clinic", sum(map(len, things))) as done:
        known = await register_clinic(desk, files, anchor, done)
    with screen.progress("Registering patients", len(files.patients)) as done:
        await register_patients(desk, files, known, done)
    return Shift(desk, files, known, anchor, Ledger())


async def _played(shift: Shift, observer: Observer, screen: Screen) -> None:
    day = parse_calls(shift.files.calls)
    screen.heading("The day's calls")
    with screen.progress("Answering the telephone", len(day)) as done:

        def heard(call: object) -> None:
            seen = observer.counts.total()
            done(f"{getattr(call, 'at', '')} {getattr(call, 'call', '')}; {seen} events seen on Kafka")

        await play(shift, day, clerks=_CLERKS, heard=heard)
