"""Many new rows are copied; a bad one among them is the data's fault, as it is in a statement."""

from typing import Any
from uuid import UUID

import pytest

from backbone.projecting.engine import Engine
from backbone.projecting.faults import is_fault_of_data
from backbone.projecting.tables import Connection, Tables

ROOMS = "CREATE TABLE rooms_g1 (id uuid PRIMARY KEY, name text NOT NULL, beds integer)"
WRITE = """
INSERT INTO rooms{g} SELECT * FROM unnest($1::text[]::uuid[], $2::text[], $3::integer[])
ON CONFLICT (id) DO UPDATE SET name = excluded.name, beds = excluded.beds
"""


def row(number: int, name: str = "room", beds: int | None = 1) -> tuple[str, str, int | None]:
    return str(UUID(int=number)), name, beds


async def shown(connection: Connection) -> list[tuple[Any, ...]]:
    return [tuple(each) for each in await connection.fetch("SELECT id::text, name, beds FROM rooms_g1")]


@pytest.mark.parametrize(("many", "copied"), [(3, True), (4, False)])
async def test_new_rows_are_copied_if_many_and_the_others_are_written_over(
    offline: Engine, many: int, copied: bool
) -> None:
    async with offline.pool.acquire() as connection:
        await connection.execute(ROOMS)
        tables = Tables(connection, 1, many=many)
        await tables.write(WRITE, [row(2)])
        new = [row(1, "a\tb\\N", None), row(3)]
        # The statement leaves a mark on what it writes.
        marking = WRITE.replace("$2::text[]", "ARRAY(SELECT n || '!' FROM unnest($2::text[]) AS n)")
        begun = {new[0][0], new[1][0], row(9)[0]}
        await tables.write(marking, [*new, row(2, beds=4)], table="rooms{g}", begun=begun)
        mark = "" if copied else "!"
        expected = [row(1, "a\tb\\N" + mark, None), row(2, "room!", 4), row(3, "room" + mark)]
        assert sorted(await shown(connection)) == expected


@pytest.mark.parametrize(
    "bad",
    [("no id", "room", 1), row(7, "no \0 text"), row(7, beds=2**40), (row(7)[0], None, 1), row(8)],
    ids=["id", "text", "number", "null", "twice"],
)
async def test_a_bad_row_is_the_data_s_fault_and_only_its_attempt_fails(offline: Engine, bad: Any) -> None:
    async with offline.pool.acquire() as connection:
        await connection.execute(ROOMS)
        tables = Tables(connection, 1, many=1)

        async def copy(*rows: Any) -> None:
            async with connection.transaction():
                await tables.write(WRITE, rows, table="rooms{g}", begun={each[0] for each in rows})

        async with connection.transaction():
            with pytest.raises(Exception) as failed:  # noqa: PT011 - its kind is what is tested
                await copy(row(8), bad)
            assert is_fault_of_data(failed.value)
            await copy(row(8))
        assert await shown(connection) == [row(8)]
