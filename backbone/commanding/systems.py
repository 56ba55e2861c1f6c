"""Registered systems: whose commands are taken, with which roles and facilities. Kept in PostgreSQL.

Nothing of this is ever read from a command: its topic says which system it comes from, ACLs bind the topic to
the system's Kafka principal, and the registration says what that system may.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias, cast
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from backbone.commanding.naming import SYSTEM_NAME
from backbone.web.caller import Role

__all__ = [
    "MIGRATIONS",
    "SCHEMA",
    "SYSTEM_ROLES",
    "Connection",
    "InvalidSystem",
    "System",
    "all_systems",
    "find_systems",
    "register_system",
    "withdraw_system",
]

SCHEMA: Final = "systems"
"""Its PostgreSQL schema; it belongs to the backbone, every service that takes commands reads it."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"
SYSTEM_ROLES: Final[frozenset[str]] = frozenset(("system", "scheduler", "front-desk", "clinician"))
"""What a system may be registered as. Patients, auditors and operators are people."""
RESERVED: Final = "almanac"
"""A system of this name would have rights on our own consumer groups."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

_LATEST = """
SELECT DISTINCT ON (system) system, version, roles, facility_ids, registered_at
  FROM registrations
 WHERE $1::text[] IS NULL OR system = ANY ($1)
 ORDER BY system, version DESC
"""

_REGISTER = """
INSERT INTO registrations (system, version, roles, facility_ids, registered_at, registered_by)
SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5 FROM registrations WHERE system = $1
RETURNING version
"""


class InvalidSystem(ValueError):
    """A name or role that no system can have; the text says which."""


@dataclass(frozen=True, slots=True)
class System:
    """One system as it is registered now."""

    name: str
    version: int
    roles: frozenset[Role]
    facility_ids: frozenset[UUID] | None
    """None: not limited to facilities."""
    registered_at: datetime


async def register_system(
    connection: Connection,
    name: str,
    roles: Iterable[str],
    facility_ids: Iterable[UUID] | None,
    *,
    now: datetime,
    by: str,
) -> System:
    """Registers a system, or registers it anew with other roles or facilities.

    Raises ``InvalidSystem``; asyncpg's errors.
    """
    wanted = frozenset(roles)
    if SYSTEM_NAME.fullmatch(name) is None:
        raise InvalidSystem("a system's name is lower case letters, digits and hyphens, at most 63")
    if name == RESERVED:
        raise InvalidSystem(f"{RESERVED} is no system: our own consumer groups begin with that")
    if not wanted or wanted - SYSTEM_ROLES:
        raise InvalidSystem(f"a system's roles are of: {', '.join(sorted(SYSTEM_ROLES))}")
    facilities = None if facility_ids is None else frozenset(facility_ids)
    version = await _append(connection, name, wanted, facilities, now, by)
    return System(name, version, cast(frozenset[Role], wanted), facilities, now)


async def withdraw_system(connection: Connection, name: str, *, now: datetime, by: str) -> bool:
    """From now on its commands are not taken; False where it is not registered."""
    if name not in await find_systems(connection, [name]):
        return False
    await _append(connection, name, frozenset(), None, now, by)
    return True


async def find_systems(connection: Connection, names: Iterable[str]) -> Mapping[str, System]:
    """Those of ``names`` that are registered."""
    return _registered(await connection.fetch(_LATEST, list(names)))


async def all_systems(connection: Connection) -> Mapping[str, System]:
    """Every registered system by name, in the order of names."""
    return _registered(await connection.fetch(_LATEST, None))


async def _append(
    connection: Connection,
    name: str,
    roles: frozenset[str],
    facilities: frozenset[UUID] | None,
    now: datetime,
    by: str,
) -> int:
    listed = None if facilities is None else sorted(facilities)
    version: int = await connection.fetchval(_REGISTER, name, sorted(roles), listed, now, by)
    return version


def _registered(rows: Iterable[asyncpg.Record]) -> Mapping[str, System]:
    return {
        row["system"]: System(
            row["system"],
            row["version"],
            frozenset(row["roles"]),
            None if row["facility_ids"] is None else frozenset(row["facility_ids"]),
            row["registered_at"],
        )
        for row in rows
        if row["roles"]
    }
