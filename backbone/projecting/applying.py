"""A batch into a projection's tables: at once if all is well, else by halves until the bad event is found."""

from collections.abc import Iterable, Sequence

from backbone.privacy.letters import LetterSeal
from backbone.projecting.dead_letters import Parked
from backbone.projecting.faults import describe, is_fault_of_data
from backbone.projecting.letter_rows import name_of
from backbone.projecting.listening import Item, Partition
from backbone.projecting.projection import Projection
from backbone.projecting.tables import Connection, Tables

__all__ = ["Key", "apply", "apply_all"]

Key = tuple[Partition, str]
"""What is parked together: the records of one key, by its `letter_rows.name_of`."""


async def apply_all(
    projection: Projection, connection: Connection, generation: int, items: Iterable[Item]
) -> None:
    """Folds events none of which is known to be bad; the fold's exception comes through."""
    heard = [item.heard() for item in items]
    if heard:
        await projection.fold(heard, Tables(connection, generation))


async def apply(
    projection: Projection,
    connection: Connection,
    generation: int,
    items: Sequence[Item],
    parked: set[Key],
    seal: LetterSeal,
) -> list[Parked]:
    """Folds what can be folded, inside the caller's transaction; gives what must be set aside.

    ``parked``: keys of which something is set aside already; those found are added.
    """
    aside: list[Parked] = []
    good: list[Item] = []
    for item in items:
        key = (item.partition, name_of(item.key, seal))
        if key in parked or item.fault is not None:
            aside.append(Parked(item, "" if key in parked else item.fault or ""))
            parked.add(key)
        else:
            good.append(item)
    await _Halving(projection, connection, generation, aside).run(good)
    parked.update((p.item.partition, name_of(p.item.key, seal)) for p in aside)
    return aside


class _Halving:
    """Applies events in order; where that fails, one half after the other, down to the single bad event."""

    def __init__(
        self, projection: Projection, connection: Connection, generation: int, aside: list[Parked]
    ) -> None:
        self._projection = projection
        self._connection = connection
        self._generation = generation
        self._aside = aside
        self._bad: set[Key] = set()

    async def run(self, items: Sequence[Item]) -> None:
        ready: list[Item] = []
        for item in items:
            if (item.partition, item.key) in self._bad:
                self._aside.append(Parked(item))
            else:
                ready.append(item)
        if not ready:
            return
        try:
            async with self._connection.transaction():
                await apply_all(self._projection, self._connection, self._generation, ready)
        except Exception as error:
            if not is_fault_of_data(error):
                raise
            if len(ready) == 1:
                self._bad.add((ready[0].partition, ready[0].key))
                self._aside.append(Parked(ready[0], describe(error)))
                return
            middle = len(ready) // 2
            await self.run(ready[:middle])
            await self.run(ready[middle:])
