"""Bookings, moves, cancellations, overbookings: what the callers are told, and what availability shows."""

import asyncio
from datetime import timedelta

from backbone.clock import ManualClock
from backbone.ids import new_id
from backbone.store.decision import Accepted, Claim, Conflict, Decision, Refused, Release, Stale
from backbone.store.slots import slot_at, slot_start
from backbone.store.store import Store
from tests.backbone.store.clinic import ORIGIN, AbsenceAdded, Booked
from tests.backbone.store.decisions import NOW, SLOT, book, cancel, move
from tests.backbone.store.looking import heads


def slots(bits: int, first: int) -> list[int]:
    return [first + n for n in range(bits.bit_length()) if bits >> n & 1]


async def test_a_refusal_lists_every_conflict_in_ranges(store: Store) -> None:
    provider, room, patient = new_id(), new_id(), new_id()
    await store.submit(book(provider, range(SLOT, SLOT + 2)))
    await store.submit(book(provider, range(SLOT + 4, SLOT + 6)))
    await store.submit(book(patient, range(SLOT + 5, SLOT + 7)))
    owner = new_id()
    wanted = Decision(
        ORIGIN,
        (Booked(originator_id=owner, originator_version=1, timestamp=NOW),),
        (
            Claim(owner, provider, "provider", SLOT, SLOT + 6),
            Claim(owner, room, "room", SLOT, SLOT + 6),
            Claim(owner, patient, "patient", SLOT, SLOT + 6),
        ),
        conflicts=(Conflict("lead-time", slot_start(SLOT), slot_start(SLOT + 6)),),
    )
    outcome = await store.submit(wanted)
    assert isinstance(outcome, Refused)
    assert outcome.refusal.type == "slot-taken"
    assert outcome.conflicts == (
        Conflict("lead-time", slot_start(SLOT), slot_start(SLOT + 6)),
        Conflict("provider", slot_start(SLOT), slot_start(SLOT + 2), provider),
        Conflict("provider", slot_start(SLOT + 4), slot_start(SLOT + 6), provider),
        Conflict("patient", slot_start(SLOT + 5), slot_start(SLOT + 6), patient),
    )
    assert await store.load(owner) == []
    assert await store.busy([room], SLOT, SLOT + 6) == {room: 0}


async def test_an_appointment_moves_over_its_own_time(store: Store) -> None:
    provider, owner = new_id(), new_id()
    await store.submit(book(provider, range(SLOT, SLOT + 6), owner=owner))
    outcome = await store.submit(move(provider, owner, 2, range(SLOT, SLOT + 6), range(SLOT + 3, SLOT + 9)))
    assert isinstance(outcome, Accepted)
    assert outcome.version == 2
    busy = await store.busy([provider], SLOT, SLOT + 12)
    assert slots(busy[provider], SLOT) == list(range(SLOT + 3, SLOT + 9))


async def test_two_who_swap_their_times_at_once_don_t_both_lose(store: Store) -> None:
    provider, ann, bea = new_id(), new_id(), new_id()
    early, late = range(SLOT, SLOT + 6), range(SLOT + 6, SLOT + 12)
    await store.submit(book(provider, early, owner=ann))
    await store.submit(book(provider, late, owner=bea))
    outcomes = await asyncio.gather(
        store.submit(cancel(provider, ann, 2, early)),
        store.submit(move(provider, bea, 2, late, early)),
        store.submit(book(provider, late)),
    )
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert await store.owners(provider, SLOT, SLOT + 6) == {bea}


async def test_an_overbooking_moves_up_when_the_lane_below_it_is_given_back(store: Store) -> None:
    provider, first, second = new_id(), new_id(), new_id()
    await store.submit(book(provider, owner=first))
    assert isinstance(await store.submit(book(provider)), Refused)
    assert isinstance(await store.submit(book(provider, owner=second, overbook=True)), Accepted)
    await store.submit(cancel(provider, first, 2))
    assert await store.owners(provider, SLOT, SLOT + 6) == {second}
    busy = await store.busy([provider], SLOT, SLOT + 6)
    assert busy == {provider: 0b111111}
    assert isinstance(await store.submit(book(provider)), Refused)
    await store.submit(cancel(provider, second, 2))
    assert isinstance(await store.submit(book(provider)), Accepted)


async def test_a_resource_for_several_is_busy_when_its_last_lane_is_taken(store: Store) -> None:
    room = new_id()
    one = Decision(
        ORIGIN,
        (Booked(originator_id=(owner := new_id()), originator_version=1, timestamp=NOW),),
        (Claim(owner, room, "seat", SLOT, SLOT + 2, capacity=2),),
    )
    await store.submit(one)
    assert await store.busy([room], SLOT, SLOT + 2) == {room: 0}
    await store.submit(book(room, range(SLOT, SLOT + 2), capacity=2))
    assert await store.busy([room], SLOT, SLOT + 2) == {room: 0b11}
    assert isinstance(await store.submit(book(room, range(SLOT, SLOT + 2), capacity=2)), Refused)


async def test_a_new_capacity_counts_for_what_is_booked_already(store: Store, clock: ManualClock) -> None:
    room = new_id()
    first = slot_at(clock.now()) + 1000
    await store.submit(book(room, range(first, first + 3)))
    changed = AbsenceAdded(originator_id=room, originator_version=1, timestamp=NOW)
    await store.submit(Decision(ORIGIN, (changed,), capacities={room: 2}))
    assert await store.busy([room], first, first + 3) == {room: 0}
    await store.submit(book(room, range(first, first + 3), capacity=2))
    assert await store.busy([room], first, first + 3) == {room: 0b111}
    changed = AbsenceAdded(originator_id=room, originator_version=2, timestamp=NOW)
    await store.submit(Decision(ORIGIN, (changed,), capacities={room: 3}))
    assert await store.busy([room], first, first + 3) == {room: 0}


async def test_busy_bits_join_over_weeks(store: Store) -> None:
    provider = new_id()
    border = 2016 * 2901
    await store.submit(book(provider, range(border - 3, border + 4)))
    busy = await store.busy([provider, room := new_id()], border - 10, border + 10)
    assert slots(busy[provider], border - 10) == list(range(border - 3, border + 4))
    assert busy[room] == 0


async def test_what_the_owner_does_not_have_can_not_be_given_back(store: Store) -> None:
    provider, owner, other = new_id(), new_id(), new_id()
    await store.submit(book(provider, owner=owner))
    event = Booked(originator_id=other, originator_version=1, timestamp=NOW)
    given = Release(other, provider, SLOT, SLOT + 6)
    assert isinstance(await store.submit(Decision(ORIGIN, (event,), releases=(given,))), Accepted)
    assert await store.owners(provider, SLOT, SLOT + 6) == {owner}


async def test_decided_on_a_stream_that_moved_is_stale_and_decided_again(store: Store) -> None:
    provider, resource = new_id(), new_id()
    away = AbsenceAdded(originator_id=resource, originator_version=1, timestamp=NOW)
    seen: list[int] = []

    async def decide() -> Decision:
        version = (await heads(store, [resource]))[resource]
        seen.append(version)
        if version == 0:
            await store.submit(Decision(ORIGIN, (away,)))
        return book(provider, reads={resource: version})

    assert isinstance(await store.execute(decide), Accepted)
    assert seen == [0, 1]
    outcome = await store.submit(book(new_id(), reads={resource: 7}))
    assert outcome == Stale((resource,))


async def test_time_far_ahead_is_as_good_as_tomorrow(store: Store, clock: ManualClock) -> None:
    provider = new_id()
    slot = slot_at(clock.now() + timedelta(days=700))
    assert isinstance(await store.submit(book(provider, range(slot, slot + 6))), Accepted)
    assert await store.busy([provider], slot, slot + 7) == {provider: 0b111111}
