"""Kafka as any consumer sees it: each event once, nothing missing, every attribute as the contract says."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from cli.demo.checking.verdict import Verdict, verdict
from cli.demo.observer import Seen

__all__ = ["each_once", "nothing_set_aside", "well_formed", "without_gaps"]

_TWENTY_DIGITS = ("ce_sequence", "ce_position", "ce_streamversion")
_REQUIRED = (
    *("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_recordedtime", "ce_subject"),
    *("ce_dataschema", "ce_partitionkey", "ce_authtype", "ce_authid", "content-type", "traceparent"),
    *_TWENTY_DIGITS,
)


def each_once(seen: Sequence[Seen]) -> Verdict:
    """No ``ce_id`` and no ``ce_position`` of a service occurs twice."""
    ids = Counter((record.text("ce_source"), record.text("ce_id")) for record in seen)
    positions = Counter((_service(record), record.number("ce_position")) for record in seen)
    problems = [f"event {id} came {times} times" for (_, id), times in ids.items() if times > 1]
    problems += [f"position {at} of {who} came {n} times" for (who, at), n in positions.items() if n > 1]
    return verdict("every event is on Kafka exactly once", f"{len(ids)} events", problems, rests_on=len(seen))


def without_gaps(seen: Sequence[Seen]) -> Verdict:
    """``ce_sequence`` per source is 1..n, ``ce_streamversion`` per stream too, in the partition's order."""
    sources: defaultdict[str, list[int]] = defaultdict(list)
    streams: defaultdict[tuple[str, bytes], list[tuple[int, int, int]]] = defaultdict(list)
    for record in seen:
        sources[record.text("ce_source")].append(record.number("ce_sequence"))
        place = (record.partition, record.offset, record.number("ce_streamversion"))
        streams[record.topic, record.key].append(place)
    problems = [
        f"{source} has {len(numbers)} events, numbered {min(numbers)} to {max(numbers)}"
        for source, numbers in sources.items()
        if sorted(numbers) != list(range(1, len(numbers) + 1))
    ]
    for (topic, key), places in streams.items():
        places.sort()
        if len({partition for partition, _, _ in places}) > 1:
            problems.append(f"stream {key.decode()} of {topic} lies in several partitions")
        if [version for _, _, version in places] != list(range(1, len(places) + 1)):
            problems.append(f"stream {key.decode()} of {topic} has a gap or another order")
    basis = f"{len(sources)} sources, {len(streams)} streams"
    return verdict("numbers have no gaps, streams keep their order", basis, problems, rests_on=len(seen))


def nothing_set_aside(seen: Sequence[Seen], events: int) -> Verdict:
    """No consumer put a record aside as unreadable: ``seen`` are the records of the dead-letter topics."""
    problems = [f"{record.topic}: {record.text('ce_id')}" for record in seen]
    return verdict("every consumer could read every record", f"{events} events", problems, rests_on=events)


def well_formed(seen: Sequence[Seen]) -> Verdict:
    """CloudEvents 1.0 in binary mode, with the extensions of the contract; values are ASCII."""
    problems = [
        f"{record.topic} {record.text('ce_id')}: {what}" for record in seen for what in _faults(record)
    ]
    basis = f"{len(seen)} records, {len({record.text('ce_type') for record in seen})} types"
    return verdict("every record is a CloudEvent as the contract says", basis, problems, rests_on=len(seen))


def _faults(record: Seen) -> Iterator[str]:
    missing = [header for header in _REQUIRED if header not in record.headers]
    if missing:
        yield f"without {', '.join(missing)}"
        return
    if not all(value.isascii() for value in record.headers.values()):
        yield "a header is not ASCII"
    if record.headers["ce_specversion"] != b"1.0":
        yield "not CloudEvents 1.0"
    if not record.key == record.headers["ce_partitionkey"] == record.headers["ce_subject"]:
        yield "key, partition key and subject differ"
    yield from (f"{name} is not 20 digits" for name in _TWENTY_DIGITS if not _is_padded(record.headers[name]))


def _is_padded(value: bytes) -> bool:
    return len(value) == 20 and value.isdigit()


def _service(record: Seen) -> str:
    return ".".join(record.topic.split(".")[:2])
