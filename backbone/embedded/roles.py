"""A database where each service has its own schema, and a role of its own that alone may enter it."""

import secrets
from collections.abc import Sequence

import asyncpg

from backbone.embedded.datadir import DataDir
from backbone.embedded.postgres import EmbeddedPostgres

__all__ = ["DATABASE", "prepare_database"]

DATABASE = "almanac"


async def prepare_database(server: EmbeddedPostgres, data: DataDir, schemas: Sequence[str]) -> dict[str, str]:
    """Makes what is missing of database, roles and schemas; each schema's URL, for the role of its name.

    The roles' passwords are kept in the data directory.
    """
    kept = data.secrets("roles")
    new = {schema: secrets.token_urlsafe(24) for schema in schemas if schema not in kept}
    if new:
        kept |= new
        data.keep_secrets("roles", kept)
    await _make_database(server)
    connection = await asyncpg.connect(server.url_for(DATABASE))
    try:
        for schema in schemas:
            await _make_role_and_schema(connection, schema, kept[schema])
    finally:
        await connection.close()
    return {schema: server.url_for(DATABASE, schema, kept[schema]) for schema in schemas}


async def _make_database(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.url)
    try:
        if not await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", DATABASE
        ):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


async def _make_role_and_schema(
    connection: "asyncpg.Connection[asyncpg.Record]", schema: str, password: str
) -> None:
    known = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", schema)
    verb = "ALTER" if known else "CREATE"
    # Statements of this kind take no parameters, so the server itself quotes the words. The password is
    # set at every start: a copy of the database brought back beside other secrets still fits.
    role = await connection.fetchval(
        "SELECT format($1::text || ' ROLE %I LOGIN PASSWORD %L', $2::text, $3::text)", verb, schema, password
    )
    await connection.execute(role)
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", schema):
        made = await connection.fetchval(
            "SELECT format('CREATE SCHEMA %1$I AUTHORIZATION %1$I', $1::text)", schema
        )
        await connection.execute(made)
