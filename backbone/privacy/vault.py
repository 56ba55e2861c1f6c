"""The vault: each subject's data key, wrapped; made in batches, cached while in use, destroyed for good."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backbone.clock import Clock
from backbone.privacy.database import Pool, translated
from backbone.privacy.datakey import DataKey
from backbone.privacy.erasures import ErasureList
from backbone.privacy.errors import (
    KeyDestroyedError,
    KeyMissingError,
    SealBrokenError,
)
from backbone.privacy.groupcommit import GroupCommit
from backbone.privacy.key_making import KeyMaker, SubjectKind
from backbone.privacy.wrapping import KeyWrapper, unwrap_all

__all__ = ["DESTROYED_CHANNEL", "SubjectKind", "Vault"]


log = logging.getLogger(__name__)

DESTROYED_CHANNEL: Final = "vault_destroyed"
"""On which the other processes are told whose key was destroyed."""
_SELECT = """
SELECT subject_id, wrapped, wrapped_by, commitment FROM vault.data_key WHERE subject_id = ANY($1::uuid[])
"""

_DESTROY = """
WITH gone AS (
    UPDATE vault.data_key SET wrapped = NULL, destroyed_at = $2
    WHERE subject_id = ANY($1::uuid[]) AND destroyed_at IS NULL
    RETURNING subject_id
)
SELECT subject_id, pg_notify($3, subject_id::text) FROM gone
"""

_DISCARD = "DELETE FROM vault.data_key WHERE subject_id = $1 AND destroyed_at IS NULL"


@dataclass(frozen=True, slots=True)
class _New:
    subject: UUID
    kind: SubjectKind


class Vault:
    """Data keys by subject. Private to ``backbone.privacy``: who holds one can read."""

    def __init__(
        self,
        pool: Pool,
        wrapper: KeyWrapper,
        clock: Clock,
        *,
        cached: int = 50_000,
        erasures: ErasureList | None = None,
    ) -> None:
        """``erasures``: the list of those whose keys were destroyed. It is applied before the first key is
        read, because a database from a backup may have some of them again, and each destruction is written
        to it. None: there is no list, in tests."""
        self._pool = pool
        self._wrapper = wrapper
        self._clock = clock
        self._cached = cached
        self._cache: OrderedDict[UUID, DataKey] = OrderedDict()
        self._maker = KeyMaker(pool, wrapper, clock)
        self._forgotten = 0
        self._erasures = erasures
        self._applied = erasures is None
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
        known = self._cache.get(subject)
        if known is not None:
            self._cache.move_to_end(subject)
            return known
        found = (await self.keys((subject,))).get(subject)
        if found is None:
            with translated():
                exists = await self._pool.fetchval(
                    "SELECT true FROM vault.data_key WHERE subject_id = $1", subject
                )
            raise KeyDestroyedError(subject) if exists else KeyMissingError(subject)
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
            await self._apply()
            forgotten = self._forgotten
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
                # Not cached where a key was destroyed meanwhile: it may be this one.
                found[key.subject] = self._keep(key) if forgotten == self._forgotten else key
        return found

    async def destroy(self, subjects: Sequence[UUID]) -> frozenset[UUID]:
        """Destroys the keys for good and returns those that still existed; repeating it changes nothing.

        The subjects are written to the erasure list first. ``VaultUnavailableError``: it must be repeated.
        """
        if self._erasures is not None:
            await asyncio.to_thread(self._erasures.append, subjects, self._clock.now())
        return await self._destroy(subjects)

    async def _destroy(self, subjects: Sequence[UUID]) -> frozenset[UUID]:
        with translated():
            rows = await self._pool.fetch(_DESTROY, list(subjects), self._clock.now(), DESTROYED_CHANNEL)
        self.forget(subjects)
        return frozenset(row["subject_id"] for row in rows)

    async def erased(self) -> frozenset[UUID]:
        """Everybody on the erasure list."""
        if self._erasures is None:
            return frozenset()
        return await asyncio.to_thread(self._erasures.subjects)

    async def _apply(self) -> None:
        """Destroys again what the erasure list names, once, before the first key is read."""
        if not self._applied:
            erased = await self.erased()
            if erased and (back := await self._destroy(list(erased))):
                log.warning("keys of erased patients had come back", extra={"count": len(back)})
            self._applied = True

    async def discard(self, subject: UUID) -> None:
        """Deletes a key where nothing that it sealed was kept, as if it had never been made."""
        self.forget((subject,))
        with translated():
            await self._pool.execute(_DISCARD, subject)

    def forget(self, subjects: Iterable[UUID]) -> None:
        """Drops cached keys: another process has destroyed them."""
        self._forgotten += 1
        for subject in subjects:
            self._cache.pop(subject, None)

    def cached(self) -> list[UUID]:
        """Whose keys are in memory."""
        return list(self._cache)

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
        made = {key.subject: self._keep(key) for key in await self._maker.make(kinds)}
        return [made.get(new.subject) for new in batch]
