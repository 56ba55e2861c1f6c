"""The register: what may be registered, what counts, and that its history stays."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from backbone.commanding.acls import system_rights
from backbone.commanding.systems import (
    MIGRATIONS,
    SCHEMA,
    InvalidSystem,
    all_systems,
    find_systems,
    register_system,
    withdraw_system,
)
from backbone.rights import arguments_of
from backbone.store.migrating import migrate

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
async def register(database: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    await migrate(database, SCHEMA, MIGRATIONS)
    connection = await asyncpg.connect(database, server_settings={"search_path": SCHEMA})
    yield connection
    await connection.close()


async def test_the_latest_registration_counts_until_it_is_withdrawn(
    register: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    where = uuid4()
    await register_system(register, "lab", ["system"], None, now=NOW, by="ops")
    await register_system(register, "ward", ["clinician"], None, now=NOW, by="ops")
    again = await register_system(register, "lab", ["front-desk", "clinician"], [where], now=NOW, by="ops")
    assert again.version == 2
    assert await find_systems(register, ["lab", "nobody"]) == {"lab": again}
    assert list(await all_systems(register)) == ["lab", "ward"]
    assert again.roles == frozenset(("front-desk", "clinician"))
    assert again.facility_ids == frozenset((where,))

    assert await withdraw_system(register, "lab", now=NOW, by="ops")
    assert not await withdraw_system(register, "lab", now=NOW, by="ops")
    assert list(await all_systems(register)) == ["ward"]
    assert await register.fetchval("SELECT count(*) FROM registrations WHERE system = 'lab'") == 3


async def test_no_facilities_is_not_all_facilities(register: "asyncpg.Connection[asyncpg.Record]") -> None:
    known = await register_system(register, "lab", ["system"], [], now=NOW, by="ops")
    assert (await find_systems(register, ["lab"]))["lab"].facility_ids == known.facility_ids == frozenset()


@pytest.mark.parametrize("name", ["", "Lab", "lab.commands", "1lab", "lab_1", "l" * 64, "lab\n"])
async def test_a_name_must_fit_a_topic(register: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    with pytest.raises(InvalidSystem):
        await register_system(register, name, ["system"], None, now=NOW, by="ops")


@pytest.mark.parametrize("roles", [[], ["patient"], ["ops"], ["auditor", "system"], ["king"]])
async def test_a_system_is_no_person(
    register: "asyncpg.Connection[asyncpg.Record]", roles: list[str]
) -> None:
    with pytest.raises(InvalidSystem):
        await register_system(register, "lab", roles, None, now=NOW, by="ops")


@pytest.mark.parametrize("statement", ["UPDATE registrations SET roles = '{}'", "DELETE FROM registrations"])
async def test_nobody_rewrites_it(register: "asyncpg.Connection[asyncpg.Record]", statement: str) -> None:
    await register_system(register, "lab", ["system"], None, now=NOW, by="ops")
    with pytest.raises(asyncpg.RaiseError):
        await register.execute(statement)


def test_acls_bind_the_topics_to_the_principal() -> None:
    write, read, group = (arguments_of(right, "User:CN=the lab") for right in system_rights("lab", "p."))
    who = "--add --allow-principal 'User:CN=the lab' "
    assert write == who + "--operation Write --topic p.almanac.commands.lab"
    assert read == who + "--operation Read --topic p.almanac.command-results.lab"
    assert group == who + "--operation Read --resource-pattern-type prefixed --group p.lab."
