"""The privacy backbone in one piece: what a service is handed to seal, to search and to disclose."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from backbone.clock import Clock
from backbone.privacy.access import Access, AccessOutcome
from backbone.privacy.accesslog import AccessLog
from backbone.privacy.blindindex import PatientSearch, Term, TermGroup, TermMaker
from backbone.privacy.database import open_pool
from backbone.privacy.disclosure import Disclosure, Plain, SealedRecord
from backbone.privacy.erasures import ErasureList
from backbone.privacy.evicting import evicting
from backbone.privacy.indexer import Indexer, PatientFields
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing
from backbone.privacy.letters import LetterSeal
from backbone.privacy.sealer import Sealer
from backbone.privacy.vault import SubjectKind, Vault
from backbone.privacy.wrapping import FileWrapper, KeyWrapper

__all__ = ["Privacy", "open_privacy"]


class Privacy:
    """Sealing, searching and disclosing. Every method that needs the vault raises ``VaultUnavailableError``
    where that can't be reached."""

    def __init__(self, vault: Vault, accesses: AccessLog, maker: TermMaker, letters: LetterSeal) -> None:
        self.__vault = vault
        self.__accesses = accesses
        self.__disclosure = Disclosure(vault, accesses)
        self.__indexer = Indexer(vault, maker)
        self.__letters = letters

    async def new_sealer(self, subject: UUID, kind: SubjectKind = "patient") -> Sealer:
        """Seals for ``subject``, whose key is made where there is none yet; ``KeyDestroyedError`` after an
        erasure."""
        return Sealer(await self.__vault.create_key(subject, kind))

    async def discard_key(self, subject: UUID) -> None:
        """Takes back a key of ``new_sealer`` where nothing that it sealed was kept."""
        await self.__vault.discard(subject)

    async def sealer(self, subject: UUID) -> Sealer:
        """Seals for a known subject; ``KeyMissingError`` or ``KeyDestroyedError`` otherwise."""
        return Sealer(await self.__vault.key(subject))

    async def disclose(
        self, access: Access, records: Sequence[SealedRecord], *, also: Iterable[UUID] = ()
    ) -> list[dict[str, Plain]]:
        """The texts of each record by path, once the access is on record. The only way to plain text.

        An erased patient's texts are ``Withheld.ERASED``. ``also``: patients whom the answer shows without
        sealed fields, to be on record too.
        """
        return await self.__disclosure.disclose(access, records, also=also)

    async def record(
        self, access: Access, outcome: AccessOutcome, patients: Iterable[UUID], fields: Iterable[str] = ()
    ) -> None:
        """Records an access that opens nothing: denied, or patients shown by pseudonym only."""
        await self.__disclosure.record(access, outcome, patients, fields)

    async def terms(self, patients: Sequence[PatientFields]) -> list[frozenset[Term]]:
        """Blind index terms of sealed fields, in the same order; none for an erased patient."""
        return await self.__indexer.terms(patients)

    def query(self, search: PatientSearch) -> tuple[TermGroup, ...]:
        """The groups of terms that a patient must fit, one by one; empty where nothing was asked for."""
        return self.__indexer.query(search)

    @property
    def letters(self) -> LetterSeal:
        """Seals dead letters whole, and opens them to what they were: their patients' fields stay sealed."""
        return self.__letters

    async def destroy_keys(self, subjects: Sequence[UUID]) -> frozenset[UUID]:
        """Puts the subjects on the erasure list, destroys their keys for good; returns whose still existed.

        The caller has to know that it may be done (retention, legal hold). Done twice it changes nothing.
        """
        return await self.__vault.destroy(subjects)

    async def erased(self) -> frozenset[UUID]:
        """Everybody on the erasure list. They are erased, whatever a database from a backup says."""
        return await self.__vault.erased()

    async def drain(self) -> None:
        """Waits for what was begun."""
        await self.__vault.drain()
        await self.__accesses.drain()


@asynccontextmanager
async def open_privacy(
    url: str,
    root: RootKey,
    clock: Clock,
    *,
    wrapper: KeyWrapper | None = None,
    erasures: ErasureList | None = None,
    country_code: str = "1",
) -> AsyncIterator[Privacy]:
    """The privacy backbone on the database at ``url``, whose schema ``vault`` is migrated.

    ``wrapper``: the key-encryption keys; without one, the root's alone. ``country_code``: of phone numbers
    written without one. ``erasures``: the erasure list, applied before the first key is read.
    """
    async with open_pool(url) as pool:
        vault = Vault(pool, wrapper or FileWrapper(KeyRing(root)), clock, erasures=erasures)
        privacy = Privacy(vault, AccessLog(pool, clock), TermMaker(root, country_code), LetterSeal(root))
        async with evicting(url, vault):
            try:
                yield privacy
            finally:
                await privacy.drain()
