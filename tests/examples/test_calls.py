"""The day's calls make sense in their order: nobody speaks of what is not there, or no longer."""

import pytest

from examples.calls import calls
from examples.dice import Dice
from examples.people import people

SEEDS = range(1, 6)
REFERENCES = ("appointment", "session", "over", "absence")
ENDS = ("cancel", "release", "absence-over")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_call_speaks_of_something_made_before_and_still_there(seed: int) -> None:
    standing: set[str] = set()
    for call in calls(Dice(seed + 1_000), people(Dice(seed))):
        named = {call[name] for name in REFERENCES if name in call}
        assert named <= standing, call
        if call["call"] in ENDS:
            standing -= named
        if "as" in call:
            assert call["as"] not in standing, call
            standing.add(call["as"])


@pytest.mark.parametrize("seed", SEEDS)
def test_calls_come_in_the_order_of_the_clock(seed: int) -> None:
    times = [call["at"] for call in calls(Dice(seed + 1_000), people(Dice(seed)))]
    assert times == sorted(times)
    assert times[0] >= "07:30:00"
    assert times[-1] <= "18:30:00"


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_a_desk_lives_through_happens(seed: int) -> None:
    seen = {call["call"] for call in calls(Dice(seed + 1_000), people(Dice(seed)))}
    assert seen == {
        *(
            "search",
            "find",
            "book",
            "hold",
            "book-held",
            "release",
            "confirm",
            "reschedule",
            "cancel",
            "race",
        ),
        *("overbook", "join", "absence", "absence-over", "move-affected", "delay", "delay-cleared"),
        *("register", "correct", "merge", "mistake"),
    }
