"""How fast memory grows."""

import pytest

from bench.memory import Sample, growth


def test_growth_is_that_of_the_second_half() -> None:
    filling = [Sample(second, {"http": 100.0 + second}) for second in range(60)]
    steady = [Sample(second, {"http": 160.0, "Kafka": second / 60}) for second in range(60, 120)]
    assert growth(filling + steady) == pytest.approx(60)


def test_of_one_sample_nothing_is_said() -> None:
    assert growth([Sample(0, {"http": 1.0})]) == 0
