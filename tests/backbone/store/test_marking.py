"""An answer that changed nothing says where what it found will be read."""

from backbone.ids import new_id
from backbone.store.decision import Accepted, Decision, Mark
from backbone.store.store import Store
from tests.backbone.store.clinic import ORIGIN
from tests.backbone.store.decisions import SLOT, book, key, move


async def test_what_is_so_already_is_marked_by_what_made_it_so(store: Store) -> None:
    owner, provider = new_id(), new_id()
    await store.submit(book(provider, owner=owner))
    later = range(SLOT + 6, SLOT + 12)
    moved = await store.submit(move(provider, owner, 2, range(SLOT, SLOT + 6), later))
    await store.submit(book(new_id()))
    assert isinstance(moved, Accepted)
    for again in range(2):
        found = await store.submit(Decision(ORIGIN, reads={owner: 2}, key=key("unchanged")))
        assert isinstance(found, Accepted)
        assert found.marks == moved.marks == (Mark("almanac.clinic.appointments", owner, 2),)
        assert found.repeated is bool(again)


async def test_what_is_not_there_has_no_mark(store: Store) -> None:
    found = await store.submit(Decision(ORIGIN, reads={new_id(): 0}))
    assert isinstance(found, Accepted)
    assert found.marks == ()
