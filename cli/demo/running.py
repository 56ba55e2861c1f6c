"""The demo as a whole: real servers on fresh data, a day on them, an invitation to look around."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast
from uuid import UUID

import httpx
from rich.console import Console

from backbone.clock import SystemClock
from backbone.embedded.errors import EmbeddedError
from backbone.projecting.rebuilding import rebuild
from backbone.web.caller import Role
from backbone.web.devtokens import issue_dev_token
from cli.catalogue import load, topics_of
from cli.configuration import read_settings
from cli.demo.checking.verdict import Verdict
from cli.demo.clinic import ClinicFiles
from cli.demo.day import Lived, System, live_a_day
from cli.demo.desk import SurpriseError
from cli.demo.screen import Screen
from cli.errors import CliError
from cli.foreground import until_told
from cli.installation import Installation, Plan, running
from cli.reaching import readers
from cli.showing import showing

__all__ = ["conclude", "demonstrate"]


async def demonstrate(files: ClinicFiles, *, port: int, leave: bool) -> None:
    """Starts everything on fresh data, lives the day, and serves on unless it is to ``leave``.

    Raises ``CliError`` with the claims that did not hold, whenever it is ended after that; with ``leave``
    also where it was ended before anything was judged.
    """
    with _fresh_folder() as data:
        # The demo's own servers and tokens, whatever else the environment names.
        own = {"dev": True, "database_url": None, "kafka_bootstrap": None, "data_dir": None, "key_file": None}
        settings = read_settings().model_copy(update=own | {"kafka_security_protocol": "PLAINTEXT"})
        judged: list[Verdict] = []
        await until_told(_demonstrate(Plan(settings, data, port=port), files, leave, judged))
        if judged or leave:
            conclude(judged)


async def _demonstrate(plan: Plan, files: ClinicFiles, leave: bool, judged: list[Verdict]) -> None:
    """Adds to ``judged`` what the day proved: whoever ends the demo then still learns whether it held."""
    console = Console(width=None if Console().is_terminal else 120)
    with showing(console) as shown:
        told = replace(plan, step=shown.step, progress=shown.download, trouble=console.print)
        async with running(told) as installation:
            shown.end()
            screen = Screen(console)
            try:
                lived = await live_a_day(_system(plan, installation), files, screen)
            except (SurpriseError, httpx.HTTPError) as error:
                raise CliError(f"the demo failed: {error}") from None
            judged += lived.verdicts
            if leave:
                return
            _invite(installation, lived, screen)
            await asyncio.Event().wait()


def conclude(verdicts: Sequence[Verdict]) -> None:
    """Raises ``CliError`` with the claims that did not hold, if any."""
    failed = [verdict.claim for verdict in verdicts if not verdict.held]
    if failed or not verdicts:
        raise CliError(f"the demo failed: {'; '.join(failed) or 'nothing was checked'}")


def _system(plan: Plan, installation: Installation) -> System:
    def token(role: str, facilities: Sequence[UUID] | None) -> str:
        roles = cast(list[Role], [role])
        return issue_dev_token(installation.data, roles, SystemClock(), subject=role, facility_ids=facilities)

    async def rebuild_all() -> None:
        async with readers(plan.settings, plan.data) as found:
            for reader in found:
                await asyncio.gather(*(rebuild(reader.engine, each) for each in reader.projections))

    topics = [topic.name for topic in topics_of(load())]
    return System(installation.url, installation.kafka, topics, token, rebuild_all)


def _invite(installation: Installation, lived: Lived, screen: Screen) -> None:
    """Addresses, and a request to paste."""
    shift = lived.shift
    facility, day = shift.known.facilities["Lakeside"], shift.anchor.day0
    token = issue_dev_token(installation.data, ["scheduler"], SystemClock(), subject="visitor")
    screen.heading("It keeps running: look around")
    for line in (
        f"HTTP   {installation.url}   (documentation: {installation.url}/docs)",
        f"Kafka  {installation.kafka.bootstrap}",
        f"Data   {installation.data}   (removed when this ends)",
        "",
        "The first day's agenda:",
        f"curl -s -H 'Authorization: Bearer {token}' "
        f"'{installation.url}/v1/agenda?facility_id={facility}&date={day}'",
        "",
        "Ctrl-C ends it.",
    ):
        screen.plain(line)


@contextmanager
def _fresh_folder() -> Iterator[Path]:
    """Removed afterwards; kept, and named in the error, where something that had begun failed: its logs
    tell why."""
    folder = Path(tempfile.mkdtemp(prefix="almanac-demo-"))
    try:
        yield folder
    except (CliError, EmbeddedError) as error:
        if not any(folder.iterdir()):
            folder.rmdir()
            raise
        raise CliError(f"{error} (data and logs are kept in {folder})") from None
    shutil.rmtree(folder, ignore_errors=True)
