"""Sealing: what a decision needs to put patient data into an event; pure, because the key is fetched
before."""

from uuid import UUID

from backbone.privacy.datakey import DataKey
from backbone.privacy.sealed import Sealed

__all__ = ["Sealer"]


class Sealer:
    """Seals texts for one subject. It can't open what it sealed."""

    __slots__ = ("__key",)

    def __init__(self, key: DataKey) -> None:
        self.__key = key

    @property
    def subject(self) -> UUID:
        """Whose key it is."""
        return self.__key.subject

    @property
    def commitment(self) -> str:
        """HMAC(key, "commit") in hex, to be logged when the key is made."""
        return self.__key.commitment.hex()

    def seal(self, text: str, *, stream: UUID, version: int, path: str) -> Sealed:
        """Seals ``text`` for the field ``path`` of the event ``<stream>-<version>`` in which it first
        appears.

        ``path`` must be given again to read it; the names in ``backbone.privacy.fields`` are those of
        patients.
        """
        return self.__key.seal(text, stream, version, path)
