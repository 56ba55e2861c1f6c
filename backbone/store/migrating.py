"""Brings a service's PostgreSQL schema to the state of the code: numbered SQL files, each applied once.

A file ``NNNN_name.sql`` runs in one transaction with the service's schema as search path. A line

    -- include backbone/store/schema.sql

stands for that file's text, so that what the backbone needs (the store's tables, the relay's) comes with a
service's own first migration. What was applied is recorded with its checksum: a file, once released, does
not change.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

__all__ = ["Migration", "MigrationError", "migrate", "missing_migrations", "read_migrations"]

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
LOOK_SECONDS = 5.0
"""Who only looks does not wait longer for a server."""
INCLUDE = re.compile(r"^-- include (backbone/[a-z_/]+\.sql)$", re.MULTILINE)


class MigrationError(Exception):
    """The schema and the code do not fit together; one line for a person."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, with its includes in place."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Of the text that runs."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path) -> list[Migration]:
    """A folder's migrations, in order; versions are 1, 2, 3 ... without gaps."""
    migrations: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(migrations) + 1:
            raise MigrationError(f"{path}: expected a file {len(migrations) + 1:04}_name.sql")
        migrations.append(Migration(int(match[1]), match[2], _read(path)))
    return migrations


async def migrate(url: str, schema: str, folder: Path) -> list[str]:
    """Applies what is missing, and gives back the names; safe when several processes do it at once.

    Makes the schema where there is none. Raises ``MigrationError`` where an applied file has changed or the
    database is ahead of this code, and asyncpg's errors.
    """
    migrations = read_migrations(folder)
    applied: list[str] = []
    connection = await asyncpg.connect(url)
    try:
        while True:
            async with connection.transaction():
                await connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended('almanac migrate ' || $1, 0))", schema
                )
                await _prepare(connection, schema)
                done = await _applied(connection, schema)
                missing = _compare(schema, migrations, done)
                if not missing:
                    return applied
                await _apply(connection, missing[0])
                applied.append(f"{missing[0].version:04}_{missing[0].name}")
    finally:
        await connection.close()


async def missing_migrations(url: str, schema: str, folder: Path) -> list[str]:
    """The names of those that are not applied; changes nothing. Raises asyncpg's errors, and OSError.

    A database that is ahead of this code is no matter here: older processes go on while newer ones come.
    """
    connection = await asyncpg.connect(url, timeout=LOOK_SECONDS)
    try:
        there = await connection.fetchval("SELECT to_regclass($1)", f"{_quoted(schema)}.migrations")
        done = await _applied(connection, schema) if there else {}
    finally:
        await connection.close()
    return [f"{each.version:04}_{each.name}" for each in read_migrations(folder) if each.version not in done]


def _read(path: Path) -> str:
    return INCLUDE.sub(
        lambda match: (ROOT / match[1]).read_text(encoding="utf-8"), path.read_text(encoding="utf-8")
    )


def _quoted(schema: str) -> str:
    return '"' + schema.replace('"', '""') + '"'


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]", schema: str) -> None:
    # Asked first: IF NOT EXISTS needs the right to create schemas even where there is nothing to do.
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", schema):
        await connection.execute(f"CREATE SCHEMA {_quoted(schema)}")
    await connection.execute(f"SET LOCAL search_path TO {_quoted(schema)}")
    await connection.execute(
        """
        CREATE TABLE IF NOT EXISTS migrations (
            version integer PRIMARY KEY,
            name text NOT NULL,
            sha256 text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]", schema: str) -> dict[int, str]:
    rows = await connection.fetch(f"SELECT version, sha256 FROM {_quoted(schema)}.migrations")  # noqa: S608 - quoted
    return {row["version"]: row["sha256"] for row in rows}


def _compare(schema: str, migrations: list[Migration], done: dict[int, str]) -> list[Migration]:
    if done and max(done) > len(migrations):
        raise MigrationError(f"schema {schema} is at migration {max(done)}, newer than this Almanac")
    for migration in migrations:
        if migration.version in done and done[migration.version] != migration.sha256:
            name = f"{migration.version:04}_{migration.name}"
            raise MigrationError(f"migration {name} of schema {schema} has changed since it was applied")
    return [migration for migration in migrations if migration.version not in done]


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    await connection.execute(migration.sql)
    await connection.execute(
        "INSERT INTO migrations (version, name, sha256) VALUES ($1, $2, $3)",
        migration.version,
        migration.name,
        migration.sha256,
    )
