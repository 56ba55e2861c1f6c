"""One batch, one transaction: checkpoints, state, and what had to be set aside."""

import logging
from collections.abc import Iterable, Set
from dataclasses import dataclass

from backbone.privacy.letters import LetterSeal
from backbone.projecting import checkpoints, dead_letters
from backbone.projecting.applying import Key, apply, apply_all
from backbone.projecting.batching import Fresh
from backbone.projecting.checkpoints import Checkpoint, Lost
from backbone.projecting.dead_letters import Parked
from backbone.projecting.faults import is_fault_of_data
from backbone.projecting.letter_rows import Stored, name_of
from backbone.projecting.listening import Partition, listen, received
from backbone.projecting.projection import Projection
from backbone.projecting.tables import Connection

__all__ = ["Committer", "TooManyParked", "suspects"]

logger = logging.getLogger(__name__)


class TooManyParked(Exception):
    """So many keys are set aside that the fault is hardly the events'."""


@dataclass(frozen=True, slots=True)
class Committer:
    """Writes for one generation of one projection."""

    projection: Projection
    generation: int
    max_parked_keys: int
    letters: LetterSeal

    async def commit(self, connection: Connection, fresh: Fresh, parked: set[Key]) -> list[Parked]:
        """Applies a batch; adds to ``parked`` the keys newly set aside, and gives their records.

        Raises ``Lost`` when a partition is not ours any more, ``TooManyParked``, or whatever kept the
        database or a collaborator from working: then nothing has changed.
        """
        if not suspects(fresh, parked, self.letters) and await self._at_once(connection, fresh):
            return []
        found = set(parked)
        async with connection.transaction():
            await self._advance(connection, fresh)
            aside = await apply(
                self.projection, connection, self.generation, fresh.items, found, self.letters
            )
            if len(found) > max(self.max_parked_keys, len(parked)):
                raise TooManyParked
            await dead_letters.park(connection, self.projection.name, self.generation, aside, self.letters)
        parked.update(found)
        return aside

    async def _at_once(self, connection: Connection, fresh: Fresh) -> bool:
        """The usual case. False: rolled back, an event is at fault."""
        try:
            async with connection.transaction():
                await self._advance(connection, fresh)
                await apply_all(self.projection, connection, self.generation, fresh.items)
        except Exception as error:
            if isinstance(error, Lost) or not is_fault_of_data(error):
                raise
            return False
        return True

    async def _advance(self, connection: Connection, fresh: Fresh) -> None:
        await checkpoints.advance(connection, [(self.projection.name, self.generation, fresh.moves)])

    async def retry(
        self, connection: Connection, partition: Partition, checkpoint: Checkpoint, key: str
    ) -> bool:
        """Tries what is set aside of a key again, in order. True: none of it is left.

        What is sealed under another root key stays, and all of its key behind it.
        """
        async with connection.transaction():
            await checkpoints.hold(
                connection, self.projection.name, self.generation, partition, checkpoint.epoch
            )
            letters, closed = await dead_letters.of_key(
                connection, self.projection.name, self.generation, partition, key, self.letters
            )
            items = [listen(self.projection, received(letter, partition, "")) for letter in letters]
            concerned = [item for item in items if item.concerns]
            aside = await apply(self.projection, connection, self.generation, concerned, set(), self.letters)
            left = _ids(aside)
            await dead_letters.keep(connection, zip(left, aside, strict=True))
            await dead_letters.resolve(connection, {letter.id for letter in letters} - set(left))
            await dead_letters.put_off(connection, closed)
        if closed:
            extra = {
                "projection": self.projection.name,
                "letter": closed[0],
                "reason": "sealed with another key file",
            }
            logger.error("dead letter can't be opened", extra=extra)
        return not aside and not closed


def suspects(fresh: Fresh, parked: Set[Key], seal: LetterSeal) -> bool:
    """Whether anything in the batch is known to be set aside."""
    if any(item.fault is not None for item in fresh.items):
        return True
    return bool(parked) and any((i.partition, name_of(i.key, seal)) in parked for i in fresh.items)


def _ids(aside: Iterable[Parked]) -> list[int]:
    return [parked.item.raw.id for parked in aside if isinstance(parked.item.raw, Stored)]
