"""The vault: each subject's data key, wrapped; made in batches, cached while in use, destroyed for good."""

import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from backbone.clock import Clock
from backbone.privacy.database import Pool, translated
from backbone.privacy.datakey import KEY_BYTES, DataKey, commitment
from backbone.privacy.errors import (
    KeyDestroyedError,
    KeyMissingError,
    SealBrokenError,
    VaultUnavailableError,
)
from backbone.privacy.groupcommit import GroupCommit
from backbone.privacy.rotation import active_key
from backbone.privacy.wrapping import KeyWrapper, unwrap_all

__all__ = ["SubjectKind", "Vault"]

SubjectKind = Literal["patient", "text"]
"""``text``: free text that belongs to no patient, such as the note on a group session or on a delay."""

ATTEMPTS = 5

# By the key that is active, or not at all: its row stays locked until the commit, so that it is not retired
# meanwhile. Without a name the key was not active any more, and nothing was inserted.
_INSERT = """
WITH active AS (
    SELECT name FROM vault.wrapping_key WHERE name = $4 AND active FOR KEY SHARE
), made AS (
    INSERT INTO vault.data_key (subject_id, kind, wrapped, wrapped_by, commitment, created_at)
    SELECT new.subject_id, new.kind, new.wrapped, active.name, new.commitment, $5
    FROM active,
         unnest($1::uuid[], $2::text[], $3::bytea[], $6::bytea[])
             AS new (subject_id, kind, wrapped, commitment)
    ON CONFLICT (subject_id) DO NOTHING
    RETURNING subject_id
)
SELECT (SELECT name FROM active) AS name, ARRAY(SELECT subject_id FROM made) AS made
"""

_SELECT = """
SELECT subject_id, wrapped, wrapped_by, commitment FROM vault.data_key WHERE subject_id = ANY($1::uuid[])
"""

_DESTROY = """
UPDATE vault.data_key SET wrapped = NULL, destroyed_at = $2
WHERE subject_id = ANY($1::uuid[]) AND destroyed_at IS NULL
RETURNING subject_id
"""

_DISCARD = "DELETE FROM vault.data_key WHERE subject_id = $1 AND destroyed_at IS NULL"


@dataclass(frozen=True, slots=True)
class _New:
    subject: UUID
    kind: SubjectKind


class Vault:
    """Data keys by subject. Private to ``backbone.privacy``: who holds one can read."""

    def __init__(self, pool: Pool, wrapper: KeyWrapper, clock: Clock, *, cached: int = 50_000) -> None:
        self._pool = pool
        self._wrapper = wrapper
        self._clock = clock
        self._cached = cached
        self._cache: OrderedDict[UUID, DataKey] = OrderedDict()
        self._active: str | None = None
        self._creating = GroupCommit(self._insert)

    async def create_key(self, subject: UUID, kind: SubjectKind = "patient") -> DataKey:
        """The subject's key, made where there is none yet. Many at a time cost one round trip.

        ``KeyDestroyedError`` where it was destroyed: a subject erased is never sealed for again.
        """
        known = self._cache.get(subject)
        if known is None:
            known = await self._creating.submit(_New(subject, kind)) or await self.key(subject)
        return known

    async def key(self, subject: UUID) -> DataKey:
        """The subject's key; ``KeyMissingError`` or ``KeyDestroyedError`` where it can't be had."""
        found = (await self.keys((subject,))).get(subject)
        if found is None:
            with translated():
                known = await self._pool.fetchval(
                    "SELECT true FROM vault.data_key WHERE subject_id = $1", subject
                )
            raise KeyDestroyedError(subject) if known else KeyMissingError(subject)
        return found

    async def keys(self, subjects: Iterable[UUID]) -> Mapping[UUID, DataKey]:
        """The keys that exist and are not destroyed, by subject; one round trip for all that are not
        cached."""
        found: dict[UUID, DataKey] = {}
        missing: list[UUID] = []
        for subject in dict.fromkeys(subjects):
            key = self._cache.get(subject)
            if key is None:
                missing.append(subject)
            else:
                self._cache.move_to_end(subject)
                found[subject] = key
        if missing:
            with translated():
                rows = await self._pool.fetch(_SELECT, missing)
            live = [row for row in rows if row["wrapped"] is not None]
            plain = await unwrap_all(
                self._wrapper, [(row["wrapped_by"], row["subject_id"], row["wrapped"]) for row in live]
            )
            for row in live:
                key = DataKey(row["subject_id"], plain[row["subject_id"]])
                if key.commitment != row["commitment"]:
                    raise SealBrokenError("a data key is not the one that was made")
                found[key.subject] = self._keep(key)
        return found

    async def destroy(self, subjects: Sequence[UUID]) -> frozenset[UUID]:
        """Destroys the keys for good and returns those that still existed; repeating it changes nothing."""
        with translated():
            rows = await self._pool.fetch(_DESTROY, list(subjects), self._clock.now())
        self.forget(subjects)
        return frozenset(row["subject_id"] for row in rows)

    async def discard(self, subject: UUID) -> None:
        """Takes back a key that was made and sealed nothing that is kept: as if it had never been made."""
        self.forget((subject,))
        with translated():
            await self._pool.execute(_DISCARD, subject)

    def forget(self, subjects: Iterable[UUID]) -> None:
        """Drops cached keys: another process has destroyed them."""
        for subject in subjects:
            self._cache.pop(subject, None)

    async def drain(self) -> None:
        """Waits for the keys being made."""
        await self._creating.drain()

    def _keep(self, key: DataKey) -> DataKey:
        self._cache[key.subject] = key
        if len(self._cache) > self._cached:
            self._cache.popitem(last=False)
        return key

    async def _insert(self, batch: Sequence[_New]) -> Sequence[DataKey | None]:
        """New keys in the batch's order; None where the subject has one already."""
        kinds = {new.subject: new.kind for new in batch}
        plain = [(subject, os.urandom(KEY_BYTES)) for subject in kinds]
        for _ in range(ATTEMPTS):
            with translated():
                name = self._active or await active_key(self._pool, self._wrapper, self._clock.now())
            wrapped = await self._wrapper.wrap(name, plain)
            with translated():
                row = await self._pool.fetchrow(
                    _INSERT,
                    [subject for subject, _ in plain],
                    list(kinds.values()),
                    wrapped,
                    name,
                    self._clock.now(),
                    [commitment(key) for _, key in plain],
                )
            if row is not None and row["name"] == name:
                self._active = name
                inserted = set(row["made"])
                made = {one: self._keep(DataKey(one, key)) for one, key in plain if one in inserted}
                return [made.get(new.subject) for new in batch]
            self._active = None  # rotated meanwhile
        raise VaultUnavailableError("the key-encryption key changes too often")
