"""A race is right when one has won and all others know why they have not."""

import json

import pytest

from bench.slot import one_winner

BOOKED = (201, b"{}")


def refused(kind: str = "/problems/slot-taken", conflicts: int = 1) -> tuple[int, bytes]:
    return 409, json.dumps({"type": kind, "conflicts": [{"kind": "provider"}] * conflicts}).encode()


def test_one_won() -> None:
    assert one_winner([refused(), BOOKED, refused()])


@pytest.mark.parametrize(
    "answers",
    [
        [BOOKED, BOOKED, refused()],
        [refused(), refused()],
        [BOOKED, (503, b"{}"), refused()],
        [BOOKED, refused(conflicts=0)],
        [BOOKED, refused("/problems/stale-version")],
    ],
)
def test_anything_else_is_wrong(answers: list[tuple[int, bytes]]) -> None:
    assert not one_winner(answers)
