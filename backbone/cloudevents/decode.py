"""A Kafka record read back as the CloudEvents event it carries."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from backbone.cloudevents.record import Record

__all__ = ["NotACloudEvent", "RawRecord", "decode"]


class NotACloudEvent(ValueError):
    """The record is not a CloudEvents 1.0 event in binary mode; the text says why, without its content."""


class RawRecord(Protocol):
    """A record as Kafka's client gives it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes]]: ...


def decode(raw: RawRecord, topic_prefix: str = "") -> Record:
    """The event in ``raw``, or ``NotACloudEvent``.

    ``id``, ``source`` and ``type`` must be there (CloudEvents 1.0, 3.1); what else is missing gets its
    neutral value, the time that of the record.
    """
    headers = dict(raw.headers)
    if headers.get("ce_specversion") != b"1.0":
        raise NotACloudEvent("ce_specversion is not 1.0")
    get = headers.get
    try:
        key = "" if raw.key is None else raw.key.decode("ascii")
        time = get("ce_time")
        recorded = get("ce_recordedtime")
        return Record(
            topic=raw.topic.removeprefix(topic_prefix),
            partition=raw.partition,
            offset=raw.offset,
            key=key,
            id=headers["ce_id"].decode("ascii"),
            source=headers["ce_source"].decode("ascii"),
            type=headers["ce_type"].decode("ascii"),
            subject=get("ce_subject", b"").decode("ascii"),
            time=_instant(time) if time else _millis(raw.timestamp),
            recorded_time=_instant(recorded) if recorded else _millis(raw.timestamp),
            sequence=int(get("ce_sequence", b"0")),
            position=int(get("ce_position", b"0")),
            stream_version=int(get("ce_streamversion", b"0")),
            data=raw.value or b"",
            auth_type=get("ce_authtype", b"").decode("ascii"),
            auth_id=get("ce_authid", b"").decode("ascii"),
            facility_id=_text(get("ce_facilityid")),
            causation_id=_text(get("ce_causationid")),
            correlation_id=_text(get("ce_correlationid")),
            traceparent=_text(get("ce_traceparent")),
        )
    except KeyError as missing:
        raise NotACloudEvent(f"{missing.args[0]} is missing") from None
    except ValueError:
        raise NotACloudEvent("a header is not of its type") from None


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("ascii")


def _instant(value: bytes) -> datetime:
    instant = datetime.fromisoformat(value.decode("ascii"))
    if instant.tzinfo is None:
        raise NotACloudEvent("a time has no offset")
    return instant


def _millis(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp / 1000, UTC)
