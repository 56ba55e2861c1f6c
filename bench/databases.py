"""Databases of their own for contenders on one server."""

import asyncpg

from backbone.embedded import EmbeddedPostgres

__all__ = ["make_database"]


async def make_database(server: EmbeddedPostgres, name: str) -> str:
    """Makes an empty database; its URL, for the superuser."""
    connection = await asyncpg.connect(server.url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return server.url_for(name)
