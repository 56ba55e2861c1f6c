"""``almanac system``: which other systems may send commands over Kafka, and with which roles."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import typer

from backbone.clock import SystemClock
from backbone.commanding.acls import system_rights
from backbone.commanding.naming import topics_of_system
from backbone.commanding.systems import (
    SCHEMA,
    SYSTEM_ROLES,
    InvalidSystem,
    System,
    all_systems,
    register_system,
    withdraw_system,
)
from backbone.kafka import Kafka
from backbone.rights import arguments_of
from backbone.settings import Settings
from backbone.topics import TopicState, ensure_topics
from cli.acl_lines import print_acls, require_principal
from cli.configuration import data_dir, read_settings
from cli.errors import FAILED, WRONG_USE, CliError
from cli.options import Data, Json
from cli.reaching import addresses
from cli.tables import print_table

__all__ = ["system"]

system = typer.Typer(help="Other systems that may send commands over Kafka.")

BY = "command line"
Name = Annotated[str, typer.Argument(help="Lower case letters, digits and hyphens.")]
Principal = Annotated[
    str | None,
    typer.Option(help="Kafka principal, User:lab say; prints the ACLs that bind its topics to it."),
]


@system.command()
def register(
    name: Name,
    role: Annotated[
        list[str] | None,
        typer.Option(
            help=f"May be given several times: {', '.join(sorted(SYSTEM_ROLES))}.", show_default="system"
        ),
    ] = None,
    facility: Annotated[list[UUID] | None, typer.Option(help="Only these facilities; else all.")] = None,
    principal: Principal = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take a system's commands from now on, or change as whom they are taken; makes its topics."""
    if principal is not None:
        require_principal(principal)
    settings = read_settings()
    work = _register(settings, data_dir(settings, data), name, role or ["system"], facility or None)
    known, states, kafka = asyncio.run(work)
    rights = system_rights(name, kafka.topic_prefix) if principal else ()
    acls = [arguments_of(right, principal) for right in rights] if principal else []
    if as_json:
        topics = [asdict(state) for state in states]
        print(json.dumps(_row(known) | {"topics": topics, "acls": acls}))
    else:
        print(f"{name}: registered (version {known.version})")
        for state in states:
            print(f"{state.name}: {state.summary}")
        print_acls(acls, kafka.bootstrap)
    if any(state.problems for state in states):
        raise typer.Exit(FAILED)


@system.command("list")
def list_systems(data: Data = None, as_json: Json = False) -> None:
    """The systems whose commands are taken."""
    settings = read_settings()
    rows = [_row(known) for known in asyncio.run(_list(settings, data_dir(settings, data)))]
    if as_json:
        print(json.dumps(rows))
    else:
        # None is every facility, which nobody would guess.
        told = (row | {"facility_ids": row["facility_ids"] or ["all"]} for row in rows)
        print_table(("system", "version", "roles", "facility_ids", "registered_at"), told)


@system.command()
def withdraw(name: Name, data: Data = None, as_json: Json = False) -> None:
    """Stop taking a system's commands: what it sends from now on becomes dead letters."""
    settings = read_settings()
    if not asyncio.run(_withdraw(settings, data_dir(settings, data), name)):
        raise CliError(f"there is no registered system {name!r}")
    print(json.dumps({"system": name, "withdrawn": True}) if as_json else f"{name}: withdrawn")


def _row(known: System) -> dict[str, Any]:
    facilities = known.facility_ids
    return {
        "system": known.name,
        "version": known.version,
        "roles": sorted(known.roles),
        "facility_ids": None if facilities is None else sorted(map(str, facilities)),
        "registered_at": known.registered_at.isoformat(),
    }


async def _register(
    settings: Settings, data: Path, name: str, roles: Sequence[str], facilities: Iterable[UUID] | None
) -> tuple[System, list[TopicState], Kafka]:
    async with _register_of(settings, data) as (connection, kafka):
        now = SystemClock().now()
        try:
            # First the right, then the way: nothing that arrives is taken for a stranger's.
            known = await register_system(connection, name, roles, facilities, now=now, by=BY)
        except InvalidSystem as error:
            raise CliError(str(error), WRONG_USE) from None
        return known, await ensure_topics(kafka, topics_of_system(name)), kafka


async def _list(settings: Settings, data: Path) -> list[System]:
    async with _register_of(settings, data) as (connection, _):
        return list((await all_systems(connection)).values())


async def _withdraw(settings: Settings, data: Path, name: str) -> bool:
    async with _register_of(settings, data) as (connection, _):
        return await withdraw_system(connection, name, now=SystemClock().now(), by=BY)


@asynccontextmanager
async def _register_of(
    settings: Settings, data: Path
) -> AsyncIterator[tuple["asyncpg.Connection[asyncpg.Record]", Kafka]]:
    urls, kafka = addresses(settings, data, [SCHEMA])
    connection = await asyncpg.connect(urls[SCHEMA], timeout=5, server_settings={"search_path": SCHEMA})
    try:
        yield connection, kafka
    finally:
        await connection.close()
