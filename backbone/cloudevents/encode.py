"""A stored event as the headers of its Kafka record: CloudEvents 1.0, Kafka binding, binary mode."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol
from urllib.parse import quote
from uuid import UUID

__all__ = ["HeaderEncoder", "Headers", "StoredRow", "source_path"]

Headers = list[tuple[str, bytes]]


class StoredRow(Protocol):
    """What of a stored event goes to Kafka: the store's ``CommittedEvent``."""

    @property
    def position(self) -> int: ...
    @property
    def kafka_topic(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def stream_id(self) -> UUID: ...
    @property
    def version(self) -> int: ...
    @property
    def event_id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def state(self) -> bytes: ...
    @property
    def meta(self) -> Mapping[str, Any]: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def recorded_at(self) -> datetime: ...


class HeaderEncoder:
    """Writes the contract's headers for one installation. What a type and topic share is encoded once."""

    def __init__(self, source: str) -> None:
        """``source``: the URI that names the installation (``ALMANAC_SOURCE``), with or without a slash."""
        self._root = source.rstrip("/")
        self._constants = cache(self._constant_headers)

    def headers(self, row: StoredRow, hop_traceparent: str | None = None) -> Headers:
        """All headers of the event's record, values ASCII.

        ``traceparent`` names this hop: the span given, else a new one in the trace of the request that caused
        the event.
        """
        key = str(row.stream_id).encode("ascii")
        meta = row.meta
        origin = meta.get("traceparent")
        headers: Headers = [
            *self._constants(row.kafka_topic, row.type),
            ("ce_id", row.event_id.encode("ascii")),
            ("ce_time", instant(row.occurred_at)),
            ("ce_recordedtime", instant(row.recorded_at)),
            ("ce_subject", key),
            ("ce_partitionkey", key),
            ("ce_sequence", b"%020d" % row.sequence),
            ("ce_position", b"%020d" % row.position),
            ("ce_streamversion", b"%020d" % row.version),
            ("traceparent", hop(origin) if hop_traceparent is None else hop_traceparent.encode("ascii")),
        ]
        for header, name in _FROM_META:
            if (value := meta.get(name)) is not None:
                headers.append((header, printable(str(value))))
        return headers

    def _constant_headers(self, topic: str, event_type: str) -> tuple[tuple[str, bytes], ...]:
        return (
            ("ce_specversion", b"1.0"),
            ("ce_source", f"{self._root}/{source_path(topic)}".encode("ascii")),
            ("ce_type", event_type.encode("ascii")),
            ("ce_dataschema", f"{self._root}/schemas/events/{event_type}.json".encode("ascii")),
            ("content-type", b"application/json"),
        )


_FROM_META = (
    ("ce_authtype", "auth_type"),
    ("ce_authid", "auth_id"),
    ("ce_assertedid", "asserted_id"),
    ("ce_facilityid", "facility_id"),
    ("ce_causationid", "causation_id"),
    ("ce_correlationid", "correlation_id"),
    ("ce_traceparent", "traceparent"),
)


def source_path(topic: str) -> str:
    """``almanac.booking.appointments`` -> ``booking/appointments``: the source's path, one per topic."""
    return topic.removeprefix("almanac.").replace(".", "/")


def instant(value: datetime) -> bytes:
    """RFC 3339, in UTC."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z").encode("ascii")


def hop(origin: str | None) -> bytes:
    """W3C Trace Context: a new span under the trace of ``origin``; a new trace where there is none."""
    parts = origin.split("-") if origin else []
    if len(parts) == 4 and len(parts[1]) == 32:
        return printable(f"{parts[0]}-{parts[1]}-{secrets.token_hex(8)}-{parts[3]}")
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00".encode("ascii")


def printable(value: str) -> bytes:
    """ASCII as it is; anything else percent-encoded, as CloudEvents does in HTTP headers (3.1.3.2)."""
    if value.isascii() and value.isprintable():
        return value.encode("ascii")
    return quote(value, safe=" !#$&'()*+,/:;=?@[]~").encode("ascii")
