"""A Kafka record as one projection hears it: an event, nothing to it, or a fault."""

from dataclasses import dataclass
from functools import cache, lru_cache

from pydantic import BaseModel, ValidationError

from backbone.cloudevents import Record
from backbone.cloudevents.decode import NotACloudEvent, RawRecord, decode
from backbone.projecting.faults import describe
from backbone.projecting.projection import Heard, Projection

__all__ = ["UNKNOWN_VERSION", "Item", "Partition", "listen", "received"]

UNKNOWN_VERSION = "this version of the event is not known here"

Partition = tuple[str, int]
"""Topic without prefix, number."""


@dataclass(slots=True)
class Item:
    """One record. ``record`` is None where it is no CloudEvent; then ``fault`` says why.

    Not frozen, though nobody changes one: a frozen one takes three times as long to make.
    """

    partition: Partition
    offset: int
    key: str
    raw: RawRecord
    record: Record | None = None
    event: BaseModel | None = None
    fault: str | None = None

    @property
    def sequence(self) -> int:
        return self.record.sequence if self.record else 0

    @property
    def position(self) -> int:
        return self.record.position if self.record else 0

    @property
    def concerns(self) -> bool:
        """There is something to apply, or to set aside."""
        return self.event is not None or self.fault is not None

    def heard(self) -> Heard:
        """The event, which must be there."""
        if self.record is None or self.event is None:
            raise ValueError("nothing was heard in it")
        return Heard(self.record, self.event)


def received(raw: RawRecord, partition: Partition, topic_prefix: str) -> Item:
    """The record's attributes; its content is not looked at yet."""
    try:
        record = decode(raw, topic_prefix)
    except NotACloudEvent as error:
        key = (raw.key or b"").decode("ascii", "backslashreplace").replace("\0", "\\x00")
        return Item(partition, raw.offset, key[:200], raw, fault=str(error))
    return Item(partition, raw.offset, record.key, raw, record)


def listen(projection: Projection, item: Item) -> Item:
    """With the event, if it is one that the projection hears and its fields are as it reads them.

    A version that the projection doesn't read, of an event that it hears, is a fault: to pass over it would
    be to show what is no longer so. After an update that reads it, a retry applies it.
    """
    record = item.record
    if record is None:
        return item
    model = projection.hears.get(record.type)
    if model is None:
        if _name(record.type) not in _names_heard(type(projection)):
            return item
        return Item(item.partition, item.offset, item.key, item.raw, record, fault=UNKNOWN_VERSION)
    try:
        event = model.__pydantic_validator__.validate_json(record.data)
    except ValidationError as error:
        return Item(item.partition, item.offset, item.key, item.raw, record, fault=describe(error))
    return Item(item.partition, item.offset, item.key, item.raw, record, event)


@lru_cache(maxsize=1_024)
def _name(event_type: str) -> str:
    """``almanac.booking.AppointmentBooked.v2`` -> ``almanac.booking.AppointmentBooked``."""
    name, dot, version = event_type.rpartition(".v")
    return name if dot and version.isdecimal() else event_type


@cache
def _names_heard(projection: type[Projection]) -> frozenset[str]:
    return frozenset(map(_name, projection.hears))
