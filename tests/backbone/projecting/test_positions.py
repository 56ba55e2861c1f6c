import base64
import re
from uuid import UUID

import pytest

from backbone.cloudevents.partition import partition_of
from backbone.projecting.positions import InvalidPosition, PartitionMark, decode_position, encode_position
from backbone.store.decision import Mark

ONE, TWO = UUID(int=1), UUID(int=2)


def test_a_position_comes_back_as_partitions_and_sequences() -> None:
    token = encode_position(
        [Mark("almanac.booking.appointments", ONE, 7), Mark("almanac.booking.tasks", TWO, 3)]
    )
    assert decode_position(token) == [
        PartitionMark("almanac.booking.appointments", partition_of(str(ONE)), 7),
        PartitionMark("almanac.booking.tasks", partition_of(str(TWO)), 3),
    ]


def test_of_a_partition_only_the_last_counts_so_that_a_long_series_stays_short() -> None:
    marks = [Mark("almanac.booking.appointments", UUID(int=n), n) for n in range(1, 500)]
    token = encode_position(marks)
    assert len(decode_position(token)) == 12
    assert max(mark.sequence for mark in decode_position(token)) == 499
    assert len(token) < 700


def test_it_can_stand_in_a_url_and_names_no_stream() -> None:
    token = encode_position([Mark("almanac.booking.appointments", ONE, 7)])
    assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert str(ONE) not in base64.urlsafe_b64decode(token + "==").decode()


def test_nothing_touched_is_nothing_to_wait_for() -> None:
    assert decode_position(encode_position([])) == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"7",
        b'[["booking.tasks",1]]',
        b'[["booking.tasks",12,1]]',
        b'[["booking.tasks",-1,1]]',
        b'[["booking.tasks",1,0]]',
        b'[["booking.tasks",1,9223372036854775808]]',
        b'[["booking.tasks",1,1.5]]',
        b"[[7,1,1]]",
        b"[" * 3_000,
        b"\xff\x00",
    ],
)
def test_anything_else_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidPosition):
        decode_position(base64.urlsafe_b64encode(text).decode())


@pytest.mark.parametrize("token", ["", "a", "ä", "%%%", "W10=W10", "A" * 9_000])
def test_what_is_not_base64url_is_refused(token: str) -> None:
    with pytest.raises(InvalidPosition):
        decode_position(token)
