"""Who would wait too long is turned away; how long that is, a crowd tells, not an idle store's few."""

import pytest

from backbone.store.errors import Overloaded
from backbone.store.pace import ALWAYS_WAITING, Pace


def paced(seconds_each: float, batches: int = 20) -> Pace:
    """After batches of 100, each decision of which took so long."""
    pace = Pace(1.0, 2_000)
    for number in range(batches):
        pace.began(number * 1_000.0)
        pace.ended(number * 1_000.0 + 100 * seconds_each, 100)
    return pace


def test_as_many_wait_as_get_through_in_time() -> None:
    pace = paced(0.002)
    pace.admit(499, 0.0)
    with pytest.raises(Overloaded) as refused:
        pace.admit(501, 0.0)
    assert refused.value.retry_after_seconds == 2
    with pytest.raises(Overloaded):
        paced(0.00001).admit(2_000, 0.0)


def test_what_runs_already_is_waited_for_too() -> None:
    pace = paced(0.002)
    pace.began(100.0)
    pace.admit(250, 100.4)
    with pytest.raises(Overloaded):
        pace.admit(250, 100.6)


def test_a_few_always_wait_and_small_batches_tell_nothing() -> None:
    paced(5.0).admit(ALWAYS_WAITING - 1, 0.0)
    pace = Pace(1.0, 2_000)
    pace.began(0.0)
    pace.ended(1.0, 1)
    pace.admit(1_000, 1.0)


def test_it_follows_the_pace_of_the_day() -> None:
    pace = paced(0.1)
    for number in range(30):
        pace.began(float(number))
        pace.ended(number + 0.1, 100)
    pace.admit(900, 40.0)


def test_behind_a_batch_that_has_stopped_nobody_waits() -> None:
    pace = paced(0.001)
    pace.began(100.0)
    pace.admit(0, 101.9)
    with pytest.raises(Overloaded):
        pace.admit(0, 102.1)
    pace.ended(110.0, 1)
    pace.admit(0, 110.0)
