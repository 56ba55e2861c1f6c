"""What can't be applied is set aside with its key, and hinders no other; it is tried again when asked for."""

from dataclasses import replace
from typing import ClassVar
from uuid import UUID

from pydantic import AliasPath, Field

from backbone.privacy.keyfile import RootKey
from backbone.privacy.letters import LetterSeal
from backbone.projecting.committing import TooManyParked
from backbone.projecting.dead_letter_desk import list_dead_letters, request_retry, show_dead_letter
from backbone.projecting.engine import Engine
from backbone.projecting.letter_rows import opened
from backbone.projecting.listening import UNKNOWN_VERSION
from tests.backbone.projecting.conftest import LETTERS, Ward
from tests.backbone.projecting.deliveries import Delivery, Shelf
from tests.backbone.projecting.members import Moody, member, shown
from tests.backbone.projecting.stays import MOVED, STAYS, Moved, Stays


async def test_a_bad_event_parks_its_key_and_nothing_else(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    bad, good = ward.admit(), [ward.admit() for _ in range(9)]
    ward.log.add(STAYS, MOVED, bad, bed="none")  # against the table's check: found by halves
    for stay in good:
        ward.move(stay)
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    ward.log.add(STAYS, MOVED, bad, bed="3c")
    ward.move(good[1])
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected
    letters = await list_dead_letters(offline)
    assert [(letter.key, letter.cause) for letter in letters] == [(str(bad), "poison"), (str(bad), "behind")]
    assert "CheckViolationError" in letters[0].error

    ward.log.add(STAYS, MOVED, bad, bed="4d")
    ward.move(good[0])
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected
    assert len(await list_dead_letters(offline)) == 3


async def test_an_event_that_does_not_fit_is_described_without_its_content(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay = ward.admit()
    ward.log.add(STAYS, MOVED, stay, bed={"family_name": "Ashgrove"})
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    (letter,) = await list_dead_letters(offline)
    assert letter.error == "bed: string_type"
    assert await show_dead_letter(offline, letter.id) == letter


async def test_an_unknown_version_is_set_aside_with_its_key_until_it_is_known(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay, other = ward.admit(), ward.admit()
    moved_v2 = MOVED.replace(".v1", ".v2")
    ward.log.add(STAYS, moved_v2, stay, place={"bed": "3c"})
    ward.log.add(STAYS, MOVED, stay, bed="4d")
    ward.move(other)
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected
    letters = await list_dead_letters(offline)
    assert [(letter.ce_type, letter.cause, letter.error) for letter in letters] == [
        (moved_v2, "poison", UNKNOWN_VERSION),
        (MOVED, "behind", ""),
    ]

    class Updated(Stays):
        hears: ClassVar = {**Stays.hears, moved_v2: MovedV2}

    updated = await member(offline, shelf, Updated())
    await request_retry(offline.pool)
    await updated.retry(updated.workers[0])
    ward.expected[stay] = ("4d", 2)
    assert await shown(offline.pool) == ward.expected
    assert await list_dead_letters(offline) == []


class MovedV2(Moved):
    bed: str = Field(validation_alias=AliasPath("place", "bed"))


async def test_a_record_that_is_no_cloudevent_does_not_hold_up_the_others(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.bustle(stays=3)
    deliveries = shelf.put_all(ward.unpublished())
    last = deliveries[-1]
    strange = Delivery(
        last.topic, last.partition, last.offset + 1, b"\xff\x00", None, [("ce_id", b"\xfe\x00"), ("\0", b"")]
    )
    crew = await member(offline, shelf)
    await shelf.deliver(crew, [*deliveries, strange])
    assert await shown(offline.pool) == ward.expected
    (letter,) = await list_dead_letters(offline)
    assert letter.error == "ce_specversion is not 1.0"


async def test_a_retry_applies_what_was_parked_in_order(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay = ward.admit()
    ward.move(stay, "2b")
    ward.move(stay, "3c")
    crew = await member(offline, shelf, Moody(ValueError(), ValueError(), ValueError()))
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    first, *_ = await list_dead_letters(offline)
    assert await shown(offline.pool) == {}
    assert await request_retry(offline.pool, first.id) == 3
    await crew.retry(crew.workers[0])
    assert await shown(offline.pool) == ward.expected
    assert await list_dead_letters(offline) == []
    ward.discharge(stay)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == ward.expected


async def test_what_is_set_aside_lies_sealed_in_the_table(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.log.add(STAYS, MOVED, ward.admit(), bed={"family_name": "Ashgrove"})
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    row = str(await offline.pool.fetchval("SELECT d::text FROM dead_letter d"))
    assert b"Ashgrove".hex() not in row
    assert b"Ashgrove" in LETTERS.open(await offline.pool.fetchval("SELECT record_value FROM dead_letter"))


async def test_nor_does_what_a_stranger_wrote_into_key_and_headers_lie_there_in_plain(
    offline: Engine,
) -> None:
    crew = await member(offline, Shelf())
    said = [("ce_specversion", b"1.0"), ("ce_id", b"Ashgrove-1"), ("ce_source", b"x"), ("Ashgrove", b"Ash")]
    said.append(("ce_type", MOVED.encode()))
    strange = [
        Delivery(f"t.{STAYS}", 3, number, key, b"{}", headers)
        for number, (key, headers) in enumerate([(b"Ashgrove", said), (b"Ashgrove", []), (b"Elmwood", said)])
    ]
    await Shelf().deliver(crew, strange)
    row = str(await offline.pool.fetch("SELECT d::text FROM dead_letter d"))
    assert not any(name in row for name in ("Ash", b"Ash".hex(), "Elm", b"Elm".hex()))
    first, behind, other = await list_dead_letters(offline)
    assert first.headers == tuple(said)
    assert (first.ce_type, first.ce_id, first.error) == (MOVED, "", "bed: missing")
    assert (behind.key, behind.cause) == (first.key, "behind")
    assert (other.key == first.key, other.cause) == (False, "poison")


async def test_what_an_older_almanac_left_in_plain_is_sealed_and_can_be_tried_again(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    stay = ward.admit()
    ward.move(stay, "2b")
    crew = await member(offline, shelf, Moody(ValueError(), ValueError(), ValueError()))
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    for row in await offline.pool.fetch("SELECT * FROM dead_letter"):
        letter = opened(row, LETTERS)
        values = [value for _, value in letter.headers]
        await offline.pool.execute(
            """
            UPDATE dead_letter SET record_value = $2, record_key = $3, header_values = $4, header_names = $5
            WHERE id = $1
            """,
            *(letter.id, letter.value, letter.key, values, [name for name, _ in letter.headers]),
        )
    crew = await member(offline, shelf)
    kept = [opened(row, LETTERS) for row in await offline.pool.fetch("SELECT * FROM dead_letter")]
    assert [(r.key, (r.value or b"")[:1], r.headers[0]) for r in kept] == [
        (str(stay).encode(), b"{", ("ce_specversion", b"1.0"))
    ] * 2
    await request_retry(offline.pool)
    await crew.retry(crew.workers[0])
    assert await shown(offline.pool) == ward.expected


async def test_one_sealed_under_another_root_key_holds_up_its_own_key_only(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    closed, other = ward.admit(), ward.admit()
    ward.move(closed)
    ward.move(other)
    moody = Moody(*[ValueError() for _ in range(7)])
    crew = await member(offline, shelf, moody)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == {}
    moody.errors.clear()  # where both keys are of one partition, fewer tries have shown which are at fault
    strange = LetterSeal(RootKey(b"\1" * 32)).seal(b"{}")
    first = "SELECT min(id) FROM dead_letter WHERE key_text = $2"
    sql = f"UPDATE dead_letter SET record_value = $1 WHERE id = ({first})"
    await offline.pool.execute(sql, strange, str(closed))

    await request_retry(offline.pool)
    await crew.retry(crew.workers[0])
    assert await shown(offline.pool) == {other: ward.expected[other]}
    shut, behind = await list_dead_letters(offline)
    assert (shut.key, shut.readable, shut.attempts, shut.retry_requested_at) == (str(closed), False, 2, None)
    assert "put that one back" in shut.error
    assert (behind.key, behind.readable, behind.cause) == (str(closed), True, "behind")

    ward.move(closed)
    ward.move(other)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await shown(offline.pool) == {other: ward.expected[other]}
    assert [letter.key for letter in await list_dead_letters(offline)] == [str(closed)] * 3


async def test_a_retry_that_fails_again_leaves_everything_parked(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    ward.admit()
    for _ in range(2):
        ward.log.add(STAYS, MOVED, UUID(int=7), bed="3c")  # never admitted
    crew = await member(offline, shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert await request_retry(offline.pool, projection="stays") == 2
    await crew.retry(crew.workers[0])
    letters = await list_dead_letters(offline)
    assert [(letter.cause, letter.attempts) for letter in letters] == [("poison", 2), ("behind", 2)]
    assert [letter.retry_requested_at for letter in letters] == [None, None]


async def test_many_bad_keys_stop_the_consumer_and_change_nothing(offline: Engine) -> None:
    ward, shelf = Ward(), Shelf()
    for _ in range(4):
        ward.log.add(STAYS, MOVED, ward.admit(), bed="none")
    crew = await member(replace(offline, max_parked_keys=3), shelf)
    await shelf.deliver(crew, shelf.put_all(ward.unpublished()))
    assert isinstance(crew.workers[0].stopped.exception(), TooManyParked)
    assert await shown(offline.pool) == {}
    assert await list_dead_letters(offline) == []
