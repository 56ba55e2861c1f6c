"""Contenders take turns fairly, and their ratios are of the same rounds."""

from bench.measuring import Load
from bench.reporting import Bar
from bench.rounds import Ratio, Series, alternate


def load(name: str, rate: float) -> Load:
    return Load.of(name, 1, 1.0, [0.001] * int(rate), 0)


async def test_every_round_begins_with_another_contender() -> None:
    turns: list[str] = []

    async def turn(name: str) -> Load:
        turns.append(name)
        return load(name, len(turns))

    series = await alternate({"a": lambda: turn("a"), "b": lambda: turn("b")}, 3, lambda _text: None)
    assert turns == ["a", "b", "b", "a", "a", "b"]
    assert [(each.name, each.values("rate")) for each in series] == [("a", [1, 4, 5]), ("b", [2, 3, 6])]


def test_a_ratio_is_of_figures_of_the_same_round() -> None:
    ratio = Ratio.of("ours : theirs", [10, 30, 20], [5, 10, 20])
    assert ratio.rounds == (2, 3, 1)
    assert (ratio.median, ratio.lowest, ratio.highest) == (2, 1, 3)


def test_a_series_tells_its_median_and_every_round() -> None:
    told = Series("ours", (load("ours", 10), load("ours", 30), load("ours", 20))).as_dict()
    assert told["rate"] == 20
    assert [each["rate"] for each in told["rounds"]] == [10, 30, 20]


def test_a_bar_of_at_least_is_met_when_reached_and_one_of_below_is_not() -> None:
    assert Bar("rate", "/s", 100, 100, at_least=True).met
    assert not Bar("rate", "/s", 100, 99.9, at_least=True).met
    assert not Bar("p99", "ms", 20, 20).met
    assert Bar("p99", "ms", 20, 19.9).met
    assert Bar("rate", "/s", 3_500, 1, at_least=True).as_dict()["wanted"] == "at least 3,500 /s"
