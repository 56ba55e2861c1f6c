"""``almanac dead-letter``: what could not be processed, and another try for it."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from backbone.privacy.errors import KeyFileError, SealBrokenError
from backbone.privacy.keyfile import RootKey
from backbone.privacy.letters import LetterSeal
from backbone.projecting.dead_letter_desk import list_dead_letters, request_retry, show_dead_letter
from backbone.settings import Settings
from cli.commands.command_letters import (
    COMMANDS,
    command_letter_row,
    command_letter_rows,
    is_command_letter,
    retry_command_letter,
)
from cli.configuration import data_dir, key_file, read_settings
from cli.errors import WRONG_USE, CliError
from cli.options import Data, Json
from cli.reaching import readers, require_projection
from cli.tables import print_table

__all__ = ["dead_letter"]

dead_letter = typer.Typer(help="Events and commands that could not be processed.")

Letter = Annotated[str, typer.Argument(help="As in the list.")]


@dead_letter.command("list")
def list_letters(
    projection: Annotated[str | None, typer.Option(help="Of this projection only; commands: theirs.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The oldest first."""
    settings = read_settings()
    place = data_dir(settings, data)
    rows = [] if projection == COMMANDS else asyncio.run(_list(settings, place, projection))
    if projection in (None, COMMANDS):
        rows += asyncio.run(command_letter_rows(settings, place))
    if as_json:
        print(json.dumps(rows, default=str))
        return
    columns = ("letter", "projection", "ce_type", "key", "cause", "error", "attempts", "parked_at")
    print_table(columns, rows)


@dead_letter.command("show")
def show_letter(letter: Letter, data: Data = None, as_json: Json = False) -> None:
    """One of them, with its headers. Its value, which may hold patients' ciphertext, is not shown."""
    settings = read_settings()
    place = data_dir(settings, data)
    if is_command_letter(letter):
        row = asyncio.run(command_letter_row(settings, place, letter))
    else:
        row = asyncio.run(_show(settings, place, *_parse(letter)))
    if as_json:
        print(json.dumps(row, default=str))
        return
    for name, value in row.items():
        print(f"{name}: {value}")


@dead_letter.command("open")
def open_letter(
    sealed: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="A value from an event topic's dead letters; -: piped in."),
    ],
    data: Data = None,
) -> None:
    """Print what a record on a dead-letter topic said. Its patients' fields stay sealed."""
    settings = read_settings()
    try:
        root = RootKey.load(key_file(settings, data_dir(settings, data)))
        value = LetterSeal(root).open(sealed.read().strip())
    except (KeyFileError, SealBrokenError) as error:
        raise CliError(str(error)) from None
    sys.stdout.buffer.write(value + b"\n")


@dead_letter.command("retry")
def retry_letters(
    letter: Annotated[str | None, typer.Argument(help="As in the list; an event's key goes with it.")] = None,
    projection: Annotated[str | None, typer.Option(help="All of this projection.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Ask for another try: of one letter and all behind it, of a projection, or of everything.

    Commands are tried again only one by one, by the letter's name: each is sent once more as it had come.
    """
    settings = read_settings()
    if letter is not None and is_command_letter(letter):
        again = asyncio.run(retry_command_letter(settings, data_dir(settings, data), letter))
        print(json.dumps({"asked": again}) if as_json else f"{again} sent again")
        return
    if projection == COMMANDS:
        raise CliError("commands are tried again one by one, by name", WRONG_USE)
    service, number = (None, None) if letter is None else _parse(letter)
    count = asyncio.run(_retry(settings, data_dir(settings, data), service, number, projection))
    if count == 0 and letter is not None:
        raise CliError(f"there is no dead letter {letter}")
    print(json.dumps({"asked": count}) if as_json else f"{count} to be tried again")


def _parse(letter: str) -> tuple[str, int]:
    service, _, number = letter.rpartition("/")
    if not service or not number.isdecimal():
        raise typer.BadParameter("expected SERVICE/ID, as in the list")
    return service, int(number)


def _row(service: str, letter: Any) -> dict[str, Any]:
    row: Mapping[str, Any] = asdict(letter)
    headers = {name: value.decode("utf-8", "replace") for name, value in row["headers"]}
    return {"letter": f"{service}/{row['id']}", **row, "headers": headers}


async def _list(settings: Settings, data: Path, projection: str | None) -> list[dict[str, Any]]:
    async with readers(settings, data) as found:
        if projection is not None:
            require_projection(found, projection)
        return [
            _row(reader.service, letter)
            for reader in found
            for letter in await list_dead_letters(reader.engine, projection)
        ]


async def _show(settings: Settings, data: Path, service: str, number: int) -> dict[str, Any]:
    async with readers(settings, data) as found:
        for reader in found:
            if reader.service == service:
                letter = await show_dead_letter(reader.engine, number)
                if letter is not None:
                    return _row(service, letter)
    raise CliError(f"there is no dead letter {service}/{number}")


async def _retry(
    settings: Settings, data: Path, service: str | None, number: int | None, projection: str | None
) -> int:
    async with readers(settings, data) as found:
        if projection is not None:
            require_projection(found, projection)
        return sum(
            [
                await request_retry(reader.engine.pool, number, projection)
                for reader in found
                if service in (None, reader.service)
            ]
        )
