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
    get = headers.get
    if get("ce_specversion") != b"1.0":
        raise NotACloudEvent("ce_specversion is not 1.0")
    key, time, recorded = raw.key, get("ce_time"), get("ce_recordedtime")
    facility, causation = get("ce_facilityid"), get("ce_causationid")
    correlation, origin = get("ce_correlationid"), get("ce_traceparent")
    try:
        # By its tuple: its own constructor takes longer, and this is done of every record.
        return Record._make(
            (
                raw.topic.removeprefix(topic_prefix),
                raw.partition,
                raw.offset,
                "" if key is None else key.decode("ascii"),
                headers["ce_id"].decode("ascii"),
                headers["ce_source"].decode("ascii"),
                headers["ce_type"].decode("ascii"),
                get("ce_subject", b"").decode("ascii"),
                _instant(time) if time else _millis(raw.timestamp),
                _instant(recorded) if recorded else _millis(raw.timestamp),
                int(get("ce_sequence", 0)),
                int(get("ce_position", 0)),
                int(get("ce_streamversion", 0)),
                raw.value or b"",
                get("ce_authtype", b"").decode("ascii"),
                get("ce_authid", b"").decode("ascii"),
                None if facility is None else facility.decode("ascii"),
                None if causation is None else causation.decode("ascii"),
                None if correlation is None else correlation.decode("ascii"),
                None if origin is None else origin.decode("ascii"),
            )
        )
    except KeyError as missing:
        raise NotACloudEvent(f"{missing.args[0]} is missing") from None
    except ValueError:
        raise NotACloudEvent("a header is not of its type") from None


def _instant(value: bytes) -> datetime:
    instant = datetime.fromisoformat(value.decode("ascii"))
    if instant.tzinfo is None:
        raise NotACloudEvent("a time has no offset")
    return instant


def _millis(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp / 1000, UTC)
