"""The one way to plaintext: the access record is committed first, then the texts are opened."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from backbone.privacy.access import Access, AccessOutcome
from backbone.privacy.accesslog import AccessLog
from backbone.privacy.datakey import DataKey
from backbone.privacy.errors import SealBrokenError
from backbone.privacy.fields import field_of
from backbone.privacy.vault import Vault

__all__ = ["Disclosure", "Plain", "SealedRecord", "Withheld", "shown"]

log = logging.getLogger(__name__)


class Withheld(Enum):
    """What stands in place of a text that can't be shown."""

    ERASED = "erased"
    """The subject's key was destroyed, or never existed."""
    UNREADABLE = "unreadable"
    """The ciphertext was damaged, or moved here from another place: an incident, also logged as an error."""


Plain = str | Withheld


def shown(text: Plain | None) -> str | None:
    """The text where there is one to show."""
    return text if isinstance(text, str) else None


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """Sealed fields of one subject, by the path they were sealed under."""

    subject: UUID
    """Whose data it should be; a text sealed for somebody else is not opened."""
    fields: Mapping[str, str]
    """List positions tell texts of one field apart: ``contacts[0].value``, ``contacts[1].value``."""


class Disclosure:
    """Opens sealed records for one access, once that access is on record."""

    def __init__(self, vault: Vault, accesses: AccessLog) -> None:
        self._vault = vault
        self._accesses = accesses

    async def disclose(
        self, access: Access, records: Sequence[SealedRecord], *, also: Iterable[UUID] = ()
    ) -> list[dict[str, Plain]]:
        """Per record, its texts by path. ``also``: further patients whom the answer shows without sealed
        fields.

        ``VaultUnavailableError``: the record could not be written, nothing was opened.
        """
        subjects = dict.fromkeys(record.subject for record in records)
        keys = await self._vault.keys(subjects)
        fields = {field_of(path) for record in records for path in record.fields}
        destroyed = await self._accesses.record(access, "disclosed", (*subjects, *also), fields)
        if destroyed:
            self._vault.forget(destroyed)
            keys = {subject: key for subject, key in keys.items() if subject not in destroyed}
        return [
            {path: _open(keys.get(record.subject), sealed, path) for path, sealed in record.fields.items()}
            for record in records
        ]

    async def record(
        self, access: Access, outcome: AccessOutcome, patients: Iterable[UUID], fields: Iterable[str] = ()
    ) -> None:
        """Records an access that opens nothing: refused, or patients shown by pseudonym only."""
        await self._accesses.record(access, outcome, patients, fields)


def _open(key: DataKey | None, sealed: str, path: str) -> Plain:
    if key is None:
        return Withheld.ERASED
    try:
        return key.open(sealed, path)
    except SealBrokenError as error:
        log.error("a sealed %s of subject %s does not open: %s", field_of(path), key.subject, error)
        return Withheld.UNREADABLE
