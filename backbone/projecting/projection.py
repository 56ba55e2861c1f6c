"""What a service writes to have a projection."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from pydantic import BaseModel

from backbone.cloudevents import Record
from backbone.projecting.tables import Tables

__all__ = ["Heard", "NotNow", "Projection"]


class Heard(NamedTuple):
    """An event that the projection hears: the record's attributes, and the fields that it reads."""

    record: Record
    event: BaseModel


class NotNow(Exception):
    """Raised by a fold or its collaborators: nothing is wrong with the events, try again in a moment."""


class Projection(ABC):
    """Tables that show what the events of some topics amount to.

    A projection is one file: what it hears, the tables it keeps, the fold. Collaborators, if any, come
    through its constructor; state of its own it has none, because it may be run twice at a time (a rebuild
    beside the live one).
    """

    name: ClassVar[str]
    """Unique in its schema; also in the name of a rebuild's consumer group."""
    topics: ClassVar[Sequence[str]]
    """Without installation prefix."""
    hears: ClassVar[Mapping[str, type[BaseModel]]]
    """By CloudEvents type, the model of the fields read.

    Other types are passed over; other versions of these are set aside with their keys, until a program that
    reads them retries them.
    """
    tables: ClassVar[str]
    """DDL with ``{g}`` at the end of every name of a table or index: ``CREATE TABLE entries{g} (...)``."""
    indexes: ClassVar[str] = ""
    """DDL of what only readers need, the fold does without: a rebuild makes it of tables that are full."""
    version: ClassVar[int] = 1
    """Raise it when ``tables``, ``indexes`` or the meaning of what they hold changes: the engine rebuilds."""

    @abstractmethod
    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        """Brings ``tables`` up to date with a batch.

        Each stream's events come in order and once in effect; those of different topics in any order. Fold
        in memory per key, then write each table with one statement (`Tables.write`). Rows that several
        streams touch must not depend on their order. An exception is the fault of an event, which is found
        and set aside with its key, unless it says otherwise (`NotNow`, lost connections).
        """
