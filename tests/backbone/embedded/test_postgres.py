"""The embedded PostgreSQL: real, current, ours alone."""

import asyncpg


async def test_a_test_gets_an_empty_database_of_postgresql_18(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        assert connection.get_server_version().major == 18
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    finally:
        await connection.close()


async def test_nobody_gets_in_without_the_password(database: str) -> None:
    wrong = database.replace(database.split(":")[2].split("@")[0], "guess")
    try:
        await asyncpg.connect(wrong)
    except asyncpg.InvalidPasswordError:
        return
    raise AssertionError("connected with a wrong password")
