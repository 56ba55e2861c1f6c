"""A projection's own tables, of one generation, inside one transaction."""

from collections.abc import Iterable, Sequence, Set
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

__all__ = ["Connection", "Pool", "Tables"]

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
"""Its connections' search path is the schema in which the projection lives."""
MANY = 200
"""So many new rows are worth a COPY beside the statement for the others."""


class Tables:
    """Runs SQL in which ``{g}`` stands for the generation's suffix: ``calendar_entries{g}``."""

    __slots__ = ("_connection", "_many", "_suffix")

    def __init__(self, connection: Connection, generation: int, many: int = MANY) -> None:
        self._connection = connection
        self._many = many
        self._suffix = f"_g{generation}"

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows."""
        return await self._connection.fetch(self._named(sql), *args)

    async def fetchrow(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row."""
        return await self._connection.fetchrow(self._named(sql), *args)

    async def execute(self, sql: str, *args: Any) -> None:
        """One statement."""
        await self._connection.execute(self._named(sql), *args)

    async def write(
        self,
        sql: str,
        rows: Iterable[Sequence[Any]],
        key_columns: int = 1,
        *,
        table: str = "",
        begun: Set[Any] = frozenset(),
    ) -> None:
        """One statement for all ``rows``, whose columns it takes as arrays.

        For ``INSERT INTO t{g} SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT ...``. They go in in
        the order of their first ``key_columns`` columns, so that writers who share a table never wait for
        each other in a circle: rows alike in these must all be one writer's. No rows, no statement.

        ``begun``: values of the first column of which ``table`` (``t{g}``) has no row yet. Where there are
        many, their rows are copied into it, column by column: PostgreSQL need not look for each first.
        """
        if len(begun) >= self._many:
            found = list(rows)
            new = [row for row in found if row[0] in begun]
            await self._connection.copy_records_to_table(self._named(table), records=new)
            rows = [row for row in found if row[0] not in begun]
        ordered = sorted(rows, key=partial(_place, key_columns))
        if ordered:
            await self._connection.execute(self._named(sql), *map(list, zip(*ordered, strict=True)))

    def _named(self, sql: str) -> str:
        return sql.replace("{g}", self._suffix)


def _place(key_columns: int, row: Sequence[Any]) -> Any:
    """Ids by their number: compared as they are, they take several times as long."""
    if key_columns == 1:
        first = row[0]
        return first.int if isinstance(first, UUID) else first
    return [value.int if isinstance(value, UUID) else value for value in row[:key_columns]]
