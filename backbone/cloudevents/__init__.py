"""CloudEvents 1.0 on Kafka, in binary mode: how an event is written, and what a consumer sees of it."""

from backbone.cloudevents.record import Record

__all__ = ["Record"]
