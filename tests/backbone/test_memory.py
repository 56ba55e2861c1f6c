"""The garbage collector while very much passes through."""

import gc

from backbone.memory import PASSING_OBJECTS, passing_through


def test_the_collector_hardly_looks_meanwhile_and_does_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with passing_through():
        assert gc.isenabled()
        assert gc.get_threshold()[0] == PASSING_OBJECTS
    assert gc.get_threshold() == before
