"""``almanac keys``: lists, adds, rotates and removes encryption keys."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from backbone.clock import SystemClock
from backbone.commanding.keys import OVERLAP
from backbone.privacy.assembly import open_wrapper
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.privacy.rotation import KeyInUse, Rotation, open_rotation
from backbone.settings import Settings
from cli.catalogue import VAULT
from cli.configuration import data_dir, key_file, read_settings
from cli.errors import CliError
from cli.options import Data, Json
from cli.reaching import addresses
from cli.tables import print_table

__all__ = ["keys"]

keys = typer.Typer(help="The keys that close patients' data, and their rotation.")

BY = "command line"
Row = dict[str, Any]


@keys.command("list")
def list_keys(data: Data = None, as_json: Json = False) -> None:
    """Every key: what it is for, since when, how many patients' keys it wraps."""
    settings = read_settings()
    rows = asyncio.run(_list(settings, data_dir(settings, data)))
    if as_json:
        print(json.dumps(rows))
    else:
        print_table(("key", "for", "state", "since", "wraps"), rows)


@keys.command()
def create(data: Data = None, as_json: Json = False) -> None:
    """Make the key file of a new installation on configured servers, once; every host gets the same file."""
    settings = read_settings()
    path = key_file(settings, data_dir(settings, data))
    if path.exists():
        raise CliError(f"there is a key file {path} already: what it has closed, no other opens")
    RootKey.load_or_create(path)
    print(json.dumps({"key_file": str(path)}) if as_json else f"{path}: made; keep a copy apart from backups")


@keys.command()
def add(data: Data = None, as_json: Json = False) -> None:
    """Put a new key-encryption key into the key file, for the next rotation to use.

    For several hosts: add, bring the file to all of them, rotate. Where several were added, each
    rotation takes the next one, in the order of adding.
    """
    settings = read_settings()
    new = KeyRing.load(key_file(settings, data_dir(settings, data))).add("wrapping", SystemClock().now())
    print(json.dumps({"key": new.name}) if as_json else f"{new.name}: added, not in use yet")


@keys.command()
def rotate(data: Data = None, as_json: Json = False) -> None:
    """Make a new key-encryption key and wrap every patient's key anew, while everything runs.

    A rotation that was interrupted goes on by itself where workers run, or when this command is given again.
    """
    settings = read_settings()
    rows = asyncio.run(_rotate(settings, data_dir(settings, data)))
    active = next(row for row in rows if row["state"] == "active")
    print(json.dumps(rows) if as_json else f"{active['key']}: active, wraps {active['wraps']} keys")


@keys.command("rotate-commands")
def rotate_commands(
    hours: Annotated[
        float, typer.Option(help="Until it is published: as long as key files take to reach every host.")
    ] = 0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a new key for other systems to encrypt to; the one before it goes on decrypting for a week."""
    settings = read_settings()
    now = SystemClock().now()
    ring = KeyRing.load(key_file(settings, data_dir(settings, data)))
    new = ring.add("commands", now, now + timedelta(hours=hours))
    row = {"key": new.name, "for": "commands", "since": new.used_from.isoformat()}
    print(json.dumps(row) if as_json else f"{new.name}: published from {row['since']}")


@keys.command()
def remove(
    name: Annotated[str, typer.Argument(help="As in the list.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Destroy a key that nothing needs any more; backups whose patients' keys it wraps become unreadable."""
    settings = read_settings()
    asyncio.run(_remove(settings, data_dir(settings, data), name))
    print(json.dumps({"key": name, "removed": True}) if as_json else f"{name}: removed")


@asynccontextmanager
async def _opened(settings: Settings, data: Path) -> AsyncIterator[tuple[KeyRing, Rotation]]:
    urls, _ = addresses(settings, data, [VAULT])
    ring = KeyRing.load(key_file(settings, data))
    async with (
        open_wrapper(settings, ring) as wrapper,
        open_rotation(urls[VAULT], wrapper, SystemClock()) as rotation,
    ):
        yield ring, rotation


async def _list(settings: Settings, data: Path) -> list[Row]:
    async with _opened(settings, data) as (ring, rotation):
        return await _rows(ring, rotation)


async def _rotate(settings: Settings, data: Path) -> list[Row]:
    async with _opened(settings, data) as (ring, rotation):
        await rotation.rotate(BY)
        return await _rows(ring, rotation)


async def _remove(settings: Settings, data: Path, name: str) -> None:
    async with _opened(settings, data) as (ring, rotation):
        commands = ring.added("commands")
        for at, key in enumerate(commands):
            if key.name != name:
                continue
            if at + 1 == len(commands) or SystemClock().now() < commands[at + 1].used_from + OVERLAP:
                raise CliError(f"{name} is in use: until {OVERLAP.days} days after the next one is published")
            ring.remove(name)
            return
        try:
            await rotation.remove(name)
        except KeyInUse as error:
            raise CliError(str(error)) from None


async def _rows(ring: KeyRing, rotation: Rotation) -> list[Row]:
    used = await rotation.keys()
    rows = [
        {
            "key": key.name,
            "for": "wrapping",
            "state": "active" if key.active else "retired" if key.retired_at else "wrapping anew",
            "since": key.active_from.isoformat(),
            "wraps": key.wraps,
        }
        for key in used
    ]
    names = {key.name for key in used}
    for one in ring.added("wrapping"):
        if one.name not in names:
            since = one.made_at.isoformat()
            rows.append({"key": one.name, "for": "wrapping", "state": "added", "since": since, "wraps": 0})
    return rows + _of_commands(ring, SystemClock().now())


def _of_commands(ring: KeyRing, now: datetime) -> list[Row]:
    """The rows of the keys that commands are encrypted to. The first one is derived from the key file's root
    key, like the first wrapping key, and has no date."""
    added = sorted(ring.added("commands"), key=lambda key: key.used_from)
    named = [("file", ""), *((key.name, key.used_from.isoformat()) for key in added)]
    rows: list[Row] = []
    for at, (name, since) in enumerate(named):
        if at and added[at - 1].used_from > now:
            state = "to come"
        elif at == len(added) or added[at].used_from > now:
            state = "active"
        else:
            state = "ended" if added[at].used_from + OVERLAP <= now else "decrypts only"
        rows.append({"key": name, "for": "commands", "state": state, "since": since, "wraps": ""})
    return rows
