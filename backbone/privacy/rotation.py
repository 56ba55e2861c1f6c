"""Rotating the key-encryption key while everything runs.

A new key is made, then made the active one; data keys are wrapped anew in chunks; the old key is retired when
it wraps nothing any more. Each step is durable by itself and done again without harm, so whoever is killed in
the middle, the next one to look goes on.
"""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from asyncpg import Record

from backbone.clock import Clock
from backbone.privacy.database import Pool, open_pool, translated
from backbone.privacy.datakey import commitment
from backbone.privacy.errors import SealBrokenError
from backbone.privacy.wrapping import KeyWrapper
from backbone.privacy.wrapping_keys import ACTIVE, ALL, WrappingKey, active_key

__all__ = ["KeyInUse", "Rotation", "open_rotation"]

log = logging.getLogger(__name__)

CHUNK = 500
ROTATING_SECONDS = 30.0

_DEACTIVATE = "UPDATE vault.wrapping_key SET active = false WHERE active"

_USED = "SELECT EXISTS (SELECT FROM vault.wrapping_key WHERE name = $1)"

_ACTIVATE = """
INSERT INTO vault.wrapping_key (name, active, active_from, activated_by) VALUES ($1, true, $2, $3)
"""

_OTHERS = """
SELECT k.name FROM vault.wrapping_key AS k
WHERE NOT k.active AND (k.retired_at IS NULL OR EXISTS (
    SELECT FROM vault.data_key AS d WHERE d.wrapped_by = k.name AND d.wrapped IS NOT NULL
))
"""

_WRAPPED_BY = """
SELECT subject_id, wrapped, commitment FROM vault.data_key
WHERE wrapped_by = $1 AND wrapped IS NOT NULL AND subject_id <> ALL ($3::uuid[]) ORDER BY subject_id LIMIT $2
"""

# Only what still is as it was read (a key destroyed meanwhile stays destroyed), and only under an active key.
_REWRAP = """
WITH active AS (
    SELECT name FROM vault.wrapping_key WHERE name = $1 AND active FOR KEY SHARE
)
UPDATE vault.data_key AS d SET wrapped = new.after, wrapped_by = active.name
FROM active, unnest($2::uuid[], $3::bytea[], $4::bytea[]) AS new (subject_id, before, after)
WHERE d.subject_id = new.subject_id AND d.wrapped = new.before
"""

_LOCK = "SELECT FROM vault.wrapping_key WHERE name = $1 AND NOT active FOR UPDATE"

_RETIRE = """
UPDATE vault.wrapping_key SET retired_at = $2
WHERE name = $1 AND NOT active AND retired_at IS NULL AND NOT EXISTS (
    SELECT FROM vault.data_key WHERE wrapped_by = $1 AND wrapped IS NOT NULL
)
RETURNING name
"""


class KeyInUse(ValueError):
    """The key can't be taken away; the text says why."""


class Rotation:
    """The key-encryption keys of one vault."""

    def __init__(self, pool: Pool, wrapper: KeyWrapper, clock: Clock) -> None:
        self._pool = pool
        self._wrapper = wrapper
        self._clock = clock
        self._broken: list[UUID] = []
        """Subjects whose keys don't unwrap: they keep the old key from being retired, hinder nobody else."""

    async def keys(self) -> list[WrappingKey]:
        """All that were ever active, the oldest first."""
        with translated():
            return [WrappingKey(*row.values()) for row in await self._pool.fetch(ALL)]

    async def rotate(self, by: str) -> str:
        """Begins a rotation, or goes on with one that was broken off, until it is done; the active key."""
        if not any(key.wraps and not key.active for key in await self.keys()):
            await self.begin(by)
        await self.finish()
        with translated():
            return await active_key(self._pool, self._wrapper, self._clock.now())

    async def begin(self, by: str) -> str:
        """Makes another key the active one, and gives its name.

        A key that was made but never used is taken before a new one is made. There is one where a rotation
        was interrupted, or where we may not write the key file and somebody has put the new key there.
        """
        now = self._clock.now()
        with translated():
            await active_key(self._pool, self._wrapper, now)
            used = {key.name for key in await self.keys()}
        name = await self._wrapper.next_after(used) or await self._wrapper.make(now)
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute("LOCK TABLE vault.wrapping_key IN SHARE ROW EXCLUSIVE MODE")
                if await connection.fetchval(_USED, name):
                    # Somebody else, rotating at the same time, came upon the same key and was first.
                    return name
                await connection.execute(_DEACTIVATE)
                await connection.execute(_ACTIVATE, name, now, by)
        log.info("the key-encryption key is another", extra={"key": name})
        return name

    async def step(self) -> int:
        """Wraps one chunk of data keys anew and returns how many; 0: all are under the active key, and the
        others are retired."""
        with translated():
            active = await self._pool.fetchval(ACTIVE)
            others = [row["name"] for row in await self._pool.fetch(_OTHERS)]
        for old in others:
            with translated():
                rows = await self._pool.fetch(_WRAPPED_BY, old, CHUNK, self._broken)
            if rows:
                try:
                    await self._rewrap(old, active, rows)
                except SealBrokenError:
                    await self._rewrap_singly(old, active, rows)
                return len(rows)
            await self._retire(old)
        return 0

    async def finish(self) -> int:
        """Takes steps until nothing is left to do; returns how many data keys were wrapped anew."""
        count = 0
        while done := await self.step():
            count += done
        return count

    async def remove(self, name: str) -> None:
        """Destroys a key that wraps nothing; ``KeyInUse``."""
        known = {key.name: key for key in await self.keys()}.get(name)
        if known is not None and (known.active or known.retired_at is None or known.wraps):
            raise KeyInUse(f"{name} is not retired: almanac keys rotate first")
        if known is None and name not in await self._wrapper.names():
            raise KeyInUse(f"there is no key {name}")
        await self._wrapper.remove(name)

    async def _rewrap(self, old: str, active: str, rows: Sequence[Record]) -> None:
        subjects = [row["subject_id"] for row in rows]
        before = [row["wrapped"] for row in rows]
        plain = await self._wrapper.unwrap(old, list(zip(subjects, before, strict=True)))
        # The old form is about to be written over, so this must be the very key that was made.
        if [commitment(key) for key in plain] != [row["commitment"] for row in rows]:
            raise SealBrokenError("a data key is not the one that was made")
        after = await self._wrapper.wrap(active, list(zip(subjects, plain, strict=True)))
        with translated():
            await self._pool.execute(_REWRAP, active, subjects, before, after)

    async def _rewrap_singly(self, old: str, active: str, rows: Sequence[Record]) -> None:
        for row in rows:
            try:
                await self._rewrap(old, active, [row])
            except SealBrokenError:
                self._broken.append(row["subject_id"])
                log.error("the data key of %s does not unwrap: it stays under %s", row["subject_id"], old)

    async def _retire(self, name: str) -> None:
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                # Waits for those who still wrap with it; what they wrap is then seen.
                await connection.execute(_LOCK, name)
                retired = await connection.fetchval(_RETIRE, name, self._clock.now())
        if retired:
            log.info("a key-encryption key is retired", extra={"key": name})


@asynccontextmanager
async def open_rotation(url: str, wrapper: KeyWrapper, clock: Clock) -> AsyncIterator[Rotation]:
    """On the database at ``url``, whose schema ``vault`` is migrated."""
    # More than callers would wait for: it has to wait for whoever still wraps with the old key.
    async with open_pool(url, max_size=2, within=ROTATING_SECONDS) as pool:
        yield Rotation(pool, wrapper, clock)
