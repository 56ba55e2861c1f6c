"""Text that identifies or describes a patient: ciphertext wherever it is kept, opaque to every rule."""

from typing import Protocol
from uuid import UUID

from backbone.privacy.sealed import Sealed

__all__ = ["Seal", "Sealed"]


class Seal(Protocol):
    """Seals with one patient's key, for field ``path`` of the event ``<stream>-<version>``."""

    def __call__(self, text: str, *, stream: UUID, version: int, path: str) -> Sealed:
        """The ciphertext."""
        ...
