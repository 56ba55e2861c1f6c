from backbone.cloudevents.partition import partition_of
from backbone.relay.resume import CHECKED_BACK, lost, resume
from backbone.relay.tail import Tail
from tests.support.on_kafka import Log

TOPIC = "almanac.sample.stays"


def tails(**positions: int) -> dict[tuple[str, int], Tail]:
    return {
        (TOPIC, int(name[1:])): Tail(0, position, position - 1, position, position)
        for name, position in positions.items()
    }


def test_an_empty_kafka_and_no_cursor_begin_at_the_beginning() -> None:
    start = resume({(TOPIC, 0): Tail(0, 0)}, cursor=0)
    assert (start.after, start.kafka_lost) == (0, False)


def test_goes_on_after_the_highest_position_whatever_the_cursor_says() -> None:
    start = resume(tails(p0=70_000, p1=80_000), cursor=60_000)
    assert (start.after, start.kafka_lost) == (80_000, False)
    assert start.check_from == 80_000 - CHECKED_BACK + 1


def test_the_cursor_counts_where_retention_has_emptied_everything() -> None:
    start = resume({(TOPIC, 0): Tail(50, 50), (TOPIC, 1): Tail(0, 0)}, cursor=47)
    assert (start.after, start.kafka_lost) == (47, False)


def test_a_kafka_that_never_had_what_the_cursor_says_has_lost_it() -> None:
    start = resume({(TOPIC, 0): Tail(0, 0)}, cursor=47)
    assert (start.after, start.check_from, start.kafka_lost) == (0, 1, True)


def test_a_cursor_above_the_tail_has_everything_compared() -> None:
    start = resume(tails(p0=30, p1=20), cursor=47)
    assert (start.after, start.check_from, start.kafka_lost) == (30, 1, True)


def test_what_lies_above_its_partition_s_tail_is_lost_and_nothing_else() -> None:
    log = Log()
    rows = [log.add(TOPIC, "almanac.sample.Happened.v1") for _ in range(60)]
    by_partition: dict[int, list[int]] = {}
    for row in rows:
        by_partition.setdefault(partition_of(str(row.stream_id)), []).append(row.position)
    cut, positions = next(
        (p, found) for p, found in by_partition.items() if len(found) > 2 and found[-1] < rows[-1].position
    )
    reached = {(TOPIC, p): Tail(0, 9, 8, found[-1], 0) for p, found in by_partition.items()}
    reached[TOPIC, cut] = Tail(0, 9, 8, positions[0], 0)
    assert [row.position for row in lost(rows, reached, after=60)] == positions[1:]
    assert [row.position for row in lost(rows, reached, after=positions[1])] == positions[1:2]
