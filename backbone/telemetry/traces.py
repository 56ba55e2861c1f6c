"""Spans of OpenTelemetry, by its semantic conventions: one trace from a request to the views that show it.

A trace is carried as a W3C ``traceparent``, a text: in headers, in an event's metadata, on Kafka. Everything
that takes a ``Tracing`` takes None as well, and then does nothing for it. Spans never hold a path, a key, a
message's id or a text of anybody: ``url.path``, ``messaging.kafka.message.key`` and recorded exceptions are
left out on purpose.
"""

import re
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from backbone.telemetry.traced import Delivered

__all__ = ["Begun", "Tracing", "exporting"]

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NOWHERE: Final = Context()
_FRESH_SECONDS: Final = 600.0
"""An older record is history read anew: its trace is over."""


def exporting(environment: Mapping[str, str], service: str, part: str) -> TracerProvider:
    """A provider that exports over OTLP/HTTP, as the environment says."""
    attributes = {"almanac.part": part}
    named = environment.get("OTEL_SERVICE_NAME") or "service.name=" in environment.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    if not named:
        attributes["service.name"] = service
    provider = TracerProvider(resource=Resource.create(attributes), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Begun:
    """A span under way."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: Span) -> None:
        self._span = span
        context = span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def __enter__(self) -> "Begun":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(error=None if kind is None else kind.__name__)

    def answered(self, method: str, route: str, status: int) -> None:
        """Ends a request's span. ``route``: the template, never the path; ``status`` 0: broken off."""
        self._span.update_name(f"{method} {route}")
        self._span.set_attribute("http.request.method", method)
        self._span.set_attribute("http.route", route)
        if status:
            self._span.set_attribute("http.response.status_code", status)
        self.end(error=str(status) if status >= 500 else None if status else "cancelled")

    def end(self, error: str | None = None) -> None:
        """``error``: its kind, where it failed."""
        if error is not None:
            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class Tracing:
    """Begins the spans of this house."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("almanac")

    def request(self, parent: str | None) -> Begun:
        """A request that came in; the caller's trace goes on, where it brought one."""
        return Begun(self._tracer.start_span("HTTP", _within(parent), SpanKind.SERVER))

    def commit(self, parent: str | None, schema: str) -> Begun:
        """A decision on its way into the store, and the wait for its batch's COMMIT."""
        attributes = {
            "db.system.name": "postgresql",
            "db.namespace": schema,
            "db.operation.name": "COMMIT",
        }
        return Begun(
            self._tracer.start_span(f"COMMIT {schema}", _within(parent), SpanKind.CLIENT, attributes)
        )

    def send(self, origin: str | None, topic: str, partition: int) -> Begun | None:
        """An event on its way to Kafka; None where its origin is not traced."""
        if not _is_sampled(origin):
            return None
        attributes = _messaging("send", topic, partition)
        return Begun(self._tracer.start_span(f"send {topic}", _within(origin), SpanKind.PRODUCER, attributes))

    def command(self, parent: str | None, topic: str, partition: int, offset: int, group: str) -> Begun:
        """Another system's command, carried out."""
        attributes = _messaging("process", topic, partition) | {
            "messaging.consumer.group.name": group,
            "messaging.kafka.offset": offset,
        }
        # Of another system: its name is in the topic's, which is not a span's to multiply by.
        name = "process almanac.commands"
        return Begun(self._tracer.start_span(name, _within(parent), SpanKind.CONSUMER, attributes))

    def processed(
        self, records: Iterable[Delivered], began_ns: int, group: str, projection: str, batch: int
    ) -> None:
        """A batch of ``batch`` records was applied between ``began_ns`` and now: a span for each that is
        traced, in its trace, linked to what caused it."""
        ended = time.time_ns()
        oldest = (ended / 1e9 - _FRESH_SECONDS) * 1e3
        for record in records:
            if not _is_sampled(record.hop) or record.timestamp < oldest:
                continue
            attributes = _messaging("process", record.topic, record.partition) | {
                "messaging.consumer.group.name": group,
                "messaging.kafka.offset": record.offset,
                "messaging.batch.message_count": batch,
                "almanac.projection": projection,
            }
            origin = _context_of(record.origin)
            span = self._tracer.start_span(
                f"process {record.topic}",
                _within(record.hop),
                SpanKind.CONSUMER,
                attributes,
                links=[Link(origin)] if origin is not None else (),
                start_time=began_ns,
            )
            span.end(ended)


def _messaging(operation: str, topic: str, partition: int) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
    }


def _is_sampled(traceparent: str | None) -> bool:
    return traceparent is not None and traceparent[-1:] in "13579bdf"


def _within(traceparent: str | None) -> Context:
    context = _context_of(traceparent)
    # A context of its own: what else runs in this task is no parent.
    return _NOWHERE if context is None else set_span_in_context(NonRecordingSpan(context), _NOWHERE)


def _context_of(traceparent: str | None) -> SpanContext | None:
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None:
        return None
    trace, span, flags = (int(part, 16) for part in match.groups())
    context = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags))
    return context if context.is_valid else None
