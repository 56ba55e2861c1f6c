"""Between domain events and stored bytes, on pydantic's compiled serializer; upcasts old versions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, MapperDeserialisationError, StoredEvent
from eventsourcing.utils import register_topic
from pydantic_core import from_json, to_json

from backbone.events import DomainEvent

__all__ = ["EventMapper", "Upcast"]


@dataclass(frozen=True, slots=True)
class Upcast:
    """How the JSON fields of an event type that is no longer written become those of a later type."""

    from_type: str
    """The older ``ce_type``, for example ``almanac.booking.AppointmentBooked.v1``."""
    to_type: str
    """The current type, or one that another upcast leads on from."""
    change: Callable[[Mapping[str, Any]], Mapping[str, Any]]


class EventMapper(Mapper[UUID]):
    """The library's mapper for our events: the stored state is exactly the Kafka value.

    Unlike the library's own, it validates what it reads, so that ``==`` and ``model_copy`` work on the
    result. Fields that a newer version of the software has added to an event are ignored.
    """

    def __init__(self, events: Iterable[type[DomainEvent]], upcasts: Iterable[Upcast] = ()) -> None:
        super().__init__(JSONTranscoder())
        self._classes = {cls.event_type(): cls for cls in events}
        self._upcasts = {upcast.from_type: upcast for upcast in upcasts}
        for event_type, cls in self._classes.items():
            register_topic(event_type, cls)
        for from_type in self._upcasts:
            register_topic(from_type, self._current_class(from_type))

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """The event as the recorder keeps it."""
        event = cast(DomainEvent, domain_event)
        return StoredEvent(
            originator_id=event.originator_id,
            originator_version=event.originator_version,
            topic=self.type_of(event),
            state=self.state_of(event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """The event of the current class, whatever version was stored.

        Raises MapperDeserialisationError where type or state are not known or don't fit.
        """
        event = self.decode(
            stored_event.topic,
            cast(UUID, stored_event.originator_id),
            stored_event.originator_version,
            stored_event.state,
        )
        return cast(DomainEventProtocol[UUID], event)

    def type_of(self, event: DomainEvent) -> str:
        """The event's ``ce_type``; a TypeError where this mapper was not told of its class."""
        event_type = event.event_type()
        if self._classes.get(event_type) is not type(event):
            raise TypeError(f"{event_type} is not among the events of this store")
        return event_type

    def state_of(self, event: DomainEvent) -> bytes:
        """The Kafka value: compact JSON of every field except the stream's id and version."""
        return event.__pydantic_serializer__.to_json(event)

    def decode(self, event_type: str, stream_id: UUID, version: int, state: bytes) -> DomainEvent:
        """The event from its type and state; see ``to_domain_event``."""
        try:
            while (upcast := self._upcasts.get(event_type)) is not None:
                state = to_json(upcast.change(from_json(state)))
                event_type = upcast.to_type
            cls = self._classes[event_type]
            # Every state has at least its timestamp, so the comma is always due.
            head = f'{{"originator_id":"{stream_id}","originator_version":{version},'.encode()
            validated = cls.__pydantic_validator__.validate_json(head + state[1:], extra="ignore")
        except (KeyError, ValueError) as error:
            # The validation error's own text would show the state, which may concern a patient.
            raise MapperDeserialisationError(
                f"{event_type} of stream {stream_id}, version {version}: {type(error).__name__}"
            ) from None
        return cast(DomainEvent, validated)

    def _current_class(self, event_type: str) -> type[DomainEvent]:
        while (upcast := self._upcasts.get(event_type)) is not None:
            event_type = upcast.to_type
        return self._classes[event_type]
