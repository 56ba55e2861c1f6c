"""Pure parts: ranges of slots, what a batch reads, and the difference that it makes."""

from uuid import UUID

from backbone.store.claiming import claim, promote, release
from backbone.store.decision import Claim, Release
from backbone.store.demand import Demand
from backbone.store.lanes import Holding, Lanes
from backbone.store.netting import Run, net
from backbone.store.slots import SLOTS_PER_WEEK, runs

ROOM, ANN, BEA = (UUID(int=number) for number in (1, 2, 3))


def lanes_with(*rows: tuple[int, Holding]) -> Lanes:
    lanes = Lanes()
    for slot, holding in rows:
        lanes.read(ROOM, slot, holding)
    return lanes


def test_slots_as_ranges() -> None:
    assert list(runs([])) == []
    assert list(runs([3, 4, 5, 8, 10, 11])) == [(3, 6), (8, 9), (10, 12)]


def test_overlapping_ranges_are_read_once() -> None:
    demand = Demand()
    for first, end in ((10, 20), (15, 25), (25, 30), (40, 41)):
        demand.range(ROOM, first, end)
    assert list(demand.ranges()) == [(ROOM, 10, 30), (ROOM, 40, 41)]


def test_a_move_over_its_own_time_touches_its_two_ends_only() -> None:
    lanes = lanes_with(*((slot, Holding(0, ANN, 1, None)) for slot in range(10, 16)))
    release(lanes, [Release(ANN, ROOM, 10, 16)])
    assert claim(lanes, [Claim(ANN, ROOM, "room", 12, 18)]) == []
    change = net(lanes, {(ROOM, 0): 0b111111 << 10})
    assert change.gone == [Run(ROOM, 10, 12, 0, ANN, 1, None, ANN)]
    assert change.added == [Run(ROOM, 16, 18, 0, ANN, 1, None, None)]
    assert change.changed == []
    assert change.weeks == {(ROOM, 0): 0b111111 << 12}


def test_what_was_taken_and_given_back_in_one_batch_is_no_change() -> None:
    lanes = Lanes()
    claim(lanes, [Claim(ANN, ROOM, "room", 10, 16)])
    release(lanes, [Release(ANN, ROOM, 10, 16)])
    change = net(lanes, {})
    assert (change.added, change.changed, change.gone, change.weeks) == ([], [], [], {})


def test_a_slot_that_changes_hands_is_one_row_changed_from_the_expected_owner() -> None:
    lanes = lanes_with((10, Holding(0, ANN, 1, None)))
    release(lanes, [Release(ANN, ROOM, 10, 11)])
    claim(lanes, [Claim(BEA, ROOM, "room", 10, 11)])
    change = net(lanes, {(ROOM, 0): 1 << 10})
    assert change.changed == [Run(ROOM, 10, 11, 0, BEA, 1, None, ANN)]
    assert (change.added, change.gone, change.weeks) == ([], [], {})


def test_a_promotion_empties_the_upper_lane() -> None:
    lanes = lanes_with((10, Holding(0, ANN, 1, None)), (10, Holding(1, BEA, 1, None)))
    promote(lanes, release(lanes, [Release(ANN, ROOM, 10, 11)]))
    change = net(lanes, {(ROOM, 0): 1 << 10})
    assert change.changed == [Run(ROOM, 10, 11, 0, BEA, 1, None, ANN)]
    assert change.gone == [Run(ROOM, 10, 11, 1, BEA, 1, None, BEA)]
    assert change.weeks == {}


def test_a_claim_over_the_end_of_a_week_sets_bits_in_both() -> None:
    lanes = Lanes()
    claim(lanes, [Claim(ANN, ROOM, "room", SLOTS_PER_WEEK - 1, SLOTS_PER_WEEK + 2)])
    assert net(lanes, {}).weeks == {(ROOM, 0): 1 << SLOTS_PER_WEEK - 1, (ROOM, 1): 0b11}


def test_undone_means_as_before() -> None:
    lanes = lanes_with((10, Holding(0, ANN, 1, None)))
    claim(lanes, [Claim(BEA, ROOM, "room", 20, 22)])
    lanes.settle()
    release(lanes, [Release(ANN, ROOM, 10, 11), Release(BEA, ROOM, 20, 22)])
    claim(lanes, [Claim(BEA, ROOM, "room", 9, 30)])
    lanes.undo()
    assert lanes.at(ROOM, 10) == (Holding(0, ANN, 1, None),)
    assert [lanes.at(ROOM, slot) != () for slot in (9, 20, 21, 22)] == [False, True, True, False]
