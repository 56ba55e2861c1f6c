from datetime import datetime
from zoneinfo import ZoneInfo

from backbone.store.slots import slot_at


def test_an_hour_that_exists_twice_has_other_slots_the_second_time() -> None:
    first = datetime(2030, 11, 3, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    second = first.replace(fold=1)
    assert first == second
    assert [slot_at(second) - slot_at(first), slot_at(first) - slot_at(second)] == [12, -12]
