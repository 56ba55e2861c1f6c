"""Several processes on one vault and one key file."""

from pathlib import Path
from uuid import UUID

from backbone.clock import ManualClock
from backbone.privacy.database import Pool
from backbone.privacy.keyring import KeyRing
from backbone.privacy.rotation import Rotation
from backbone.privacy.vault import Vault
from backbone.privacy.wrapping import FileWrapper


class Process:
    """What one process has: its own reading of the key file, its own cache."""

    def __init__(self, pool: Pool, path: Path, clock: ManualClock) -> None:
        self.ring = KeyRing.load(path)
        self.wrapper = FileWrapper(self.ring)
        self.vault = Vault(pool, self.wrapper, clock)
        self.rotation = Rotation(pool, self.wrapper, clock)

    async def seal(self, subject: UUID) -> str:
        return (await self.vault.create_key(subject)).seal("Smith", subject, 1, "family_name")

    async def opens(self, subject: UUID, sealed: str) -> bool:
        self.vault.forget([subject])
        return (await self.vault.key(subject)).open(sealed, "family_name") == "Smith"
