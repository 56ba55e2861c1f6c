"""Makes data keys: many in one statement, each wrapped by the active key-encryption key."""

import os
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from backbone.clock import Clock
from backbone.privacy.database import Pool, translated
from backbone.privacy.datakey import KEY_BYTES, DataKey, commitment
from backbone.privacy.errors import VaultUnavailableError
from backbone.privacy.wrapping import KeyWrapper
from backbone.privacy.wrapping_keys import active_key

__all__ = ["KeyMaker", "SubjectKind"]

SubjectKind = Literal["patient", "text"]
"""``text``: free text that belongs to no patient, such as the note on a group session or on a delay."""

ATTEMPTS = 5

# Only under the active key: its row stays locked until the commit, so that it can't be retired meanwhile. A
# result without a name says that the key was not active any more, and that nothing was inserted.
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


class KeyMaker:
    """Makes data keys; private to the vault."""

    def __init__(self, pool: Pool, wrapper: KeyWrapper, clock: Clock) -> None:
        self._pool = pool
        self._wrapper = wrapper
        self._clock = clock
        self._active: str | None = None

    async def make(self, kinds: Mapping[UUID, SubjectKind]) -> list[DataKey]:
        """A key for each subject that had none; the others are left as they are."""
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
                return [DataKey(one, key) for one, key in plain if one in inserted]
            self._active = None  # rotated meanwhile
        raise VaultUnavailableError("the key-encryption key changes too often")
