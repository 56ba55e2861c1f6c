"""The register of key-encryption keys: which is active, which are retired. Never the keys themselves."""

from dataclasses import dataclass
from datetime import datetime

from backbone.privacy.database import Pool
from backbone.privacy.wrapping import KeyWrapper

__all__ = ["ACTIVE", "ALL", "WrappingKey", "active_key"]

ACTIVE = "SELECT name FROM vault.wrapping_key WHERE active"

_FIRST = """
INSERT INTO vault.wrapping_key (name, active, active_from, activated_by) VALUES ($1, true, $2, 'first use')
ON CONFLICT DO NOTHING
"""

ALL = """
SELECT k.name, k.active, k.active_from, k.activated_by, k.retired_at,
       (SELECT count(*) FROM vault.data_key AS d
         WHERE d.wrapped_by = k.name AND d.wrapped IS NOT NULL) AS wraps
FROM vault.wrapping_key AS k ORDER BY k.active_from, k.name
"""


@dataclass(frozen=True, slots=True)
class WrappingKey:
    """A key-encryption key, as the vault knows it."""

    name: str
    active: bool
    active_from: datetime
    activated_by: str
    retired_at: datetime | None
    wraps: int
    """How many data keys."""


async def active_key(pool: Pool, wrapper: KeyWrapper, now: datetime) -> str:
    """The name of the key that wraps now; a new installation starts with the newest key that there is."""
    name: str | None = await pool.fetchval(ACTIVE)
    if name is None:
        await pool.execute(_FIRST, (await wrapper.names())[-1], now)
        name = await pool.fetchval(ACTIVE)
        if name is None:
            raise RuntimeError("a vault without an active key, though one was just made so")
    return name
