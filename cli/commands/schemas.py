"""``almanac schemas``: the published documents say what the code says, and keep what was released."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli.catalogue import load
from cli.errors import FAILED
from cli.options import Json
from cli.schemas import FOLDER
from cli.schemas.compatibility import Schema
from cli.schemas.generate import generate
from cli.schemas.routes import composed_openapi
from cli.schemas.tree import broken_promises, differences, release, write

__all__ = ["CONTRACT_VERSION", "documents", "schemas"]

CONTRACT_VERSION = "1.0.0"
"""Of the HTTP and Kafka contract: the first number changes only when a promise is broken on purpose."""

schemas = typer.Typer(help="The published schemas: written, checked, released.")

_Folder = Annotated[
    Path,
    typer.Option("--folder", help="Where the documents are kept.", show_default="Almanac's own schemas/"),
]


@schemas.command("write")
def write_documents(folder: _Folder = FOLDER, as_json: Json = False) -> None:
    """Make the committed documents say what the code says."""
    _print_changed(write(documents(folder), folder), as_json)


@schemas.command()
def check(folder: _Folder = FOLDER, as_json: Json = False) -> None:
    """Fail where a document differs from the code, or breaks what was released."""
    generated = documents(folder)
    found = {"differences": differences(generated, folder), "broken": broken_promises(generated, folder)}
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        for line in (*found["differences"], *found["broken"], *_what_to_do(**found)):
            typer.echo(line, err=True)
    if any(found.values()):
        raise typer.Exit(FAILED)


@schemas.command("release")
def release_documents(folder: _Folder = FOLDER, as_json: Json = False) -> None:
    """Promise the documents as they are; refused where they break what was promised before."""
    generated = documents(folder)
    if broken := broken_promises(generated, folder):
        for line in (*broken, *_what_to_do([], broken)):
            typer.echo(line, err=True)
        raise typer.Exit(FAILED)
    write(generated, folder)
    _print_changed(release(generated, folder), as_json)


def documents(folder: Path) -> dict[str, Schema]:
    """What the code says, of all services together."""
    services = load()
    return generate(services, asyncio.run(composed_openapi(services, CONTRACT_VERSION)), folder)


def _what_to_do(differences: list[str], broken: list[str]) -> Iterator[str]:
    """A last line for each kind of finding."""
    if differences:
        yield "to make the documents say what the code says: almanac schemas write"
    if broken:
        yield "what was released must stay so; how to change it by a new version: docs/schemas.md"


def _print_changed(paths: list[str], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"changed": paths}, indent=2))
    else:
        for path in paths:
            print(path)
