"""Reading other services' events: only the types and fields that a projection knows, the rest is ignored."""

from collections.abc import Hashable, MutableMapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from backbone.cloudevents import Record

__all__ = ["Heard", "Told", "keep_latest", "read", "stream_id", "types"]


class Heard(BaseModel):
    """The fields of an event that somebody listens for; what else it carries is none of their business."""

    model_config = ConfigDict(frozen=True, extra="ignore")


_H = TypeVar("_H", bound=Heard)
_H_co = TypeVar("_H_co", bound=Heard, covariant=True)
_K = TypeVar("_K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Told(Generic[_H_co]):
    """What an event said, and the record that said it."""

    record: Record
    event: _H_co

    @property
    def key(self) -> UUID:
        """The stream it belongs to."""
        return stream_id(self.record)

    @property
    def version(self) -> int:
        """Its place in the stream."""
        return self.record.stream_version


def read(model: type[_H], record: Record) -> _H:
    """The record's data; a pydantic ValidationError where it doesn't fit: such a record is parked."""
    return cast(_H, model.__pydantic_validator__.validate_json(record.data))


def stream_id(record: Record) -> UUID:
    """The stream that the record belongs to."""
    return UUID(record.key)


def types(service: str, *names: str) -> frozenset[str]:
    """CloudEvents types, in their first version, of the named events."""
    return frozenset(f"almanac.{service}.{name}.v1" for name in names)


def keep_latest(known: MutableMapping[_K, Told[_H]], key: _K, told: Told[_H]) -> None:
    """Keeps the newest word on ``key``: enough wherever an event carries the whole as it is after it."""
    before = known.get(key)
    if before is None or before.version < told.version:
        known[key] = told
