"""A search looks through all of its time, each part of it once, by weeks that hold all of it."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.booking.availability.free_times import Window
from services.booking.availability.looks import looks, without
from services.booking.slots import SLOTS_PER_WEEK, slot_of

START = slot_of(datetime(2030, 3, 9, tzinfo=UTC))


@given(st.integers(0, 4_000), st.integers(-10, 30_000), st.integers(1, 200))
def test_every_slot_once_and_few_looks(offset: int, length: int, reach: int) -> None:
    first = START + offset
    end = first + length
    seen = list(looks(first, end, reach))
    assert [begin for begin, _ in seen] == [first, *(last for _, last in seen)][: len(seen)]
    assert (seen[-1][1] if seen else first) == max(first, end)
    assert len(seen) <= 3
    for begin, last in seen[:-1]:
        assert last - begin >= 2 * 288
        assert (last + reach) % SLOTS_PER_WEEK == 0


def test_own_time_is_free_and_nobody_elses() -> None:
    mine, other = UUID(int=1), UUID(int=2)
    window = Window(START, START + 100, START // SLOTS_PER_WEEK, START // SLOTS_PER_WEEK)
    bit = START - window.base
    taken = [0b111 << bit, 0b111 << bit]
    freed = {mine: [START, START + 1, START - SLOTS_PER_WEEK]}
    assert without(freed, [mine, other], taken, window) == [0b100 << bit, 0b111 << bit]
    assert without({}, [mine, other], taken, window) == taken
