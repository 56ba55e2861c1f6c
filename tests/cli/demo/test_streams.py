"""The checks on Kafka's records notice what they are there to notice."""

from dataclasses import replace
from uuid import uuid4

from cli.demo.checking.streams import each_once, nothing_set_aside, well_formed, without_gaps
from tests.cli.demo.records import record

STREAM, OTHER = uuid4(), uuid4()
SOUND = [
    record(STREAM, 1, {}, sequence=1),
    record(OTHER, 1, {}, sequence=2),
    record(STREAM, 2, {}, sequence=3),
]


def test_sound_records_pass_every_check() -> None:
    for check in (each_once, without_gaps, well_formed):
        assert check(SOUND).held


def test_nothing_seen_proves_nothing() -> None:
    for check in (each_once, without_gaps, well_formed):
        assert not check([]).held


def test_a_record_that_came_twice_is_noticed() -> None:
    assert not each_once([*SOUND, replace(SOUND[0], offset=9)]).held


def test_a_missing_record_is_noticed_by_sequence_and_by_version() -> None:
    problems = without_gaps([SOUND[1], SOUND[2]]).problems
    assert len(problems) == 2


def test_a_stream_in_another_order_is_noticed() -> None:
    first, second, third = SOUND
    assert not without_gaps([replace(first, offset=9), second, third]).held


def test_a_record_that_a_consumer_set_aside_is_noticed() -> None:
    assert nothing_set_aside([], 3).held
    assert not nothing_set_aside(SOUND[:1], 3).held
    assert not nothing_set_aside([], 0).held


def test_a_missing_header_and_one_that_is_not_padded_are_noticed() -> None:
    lacking = replace(SOUND[0], headers={k: v for k, v in SOUND[0].headers.items() if k != "ce_authid"})
    assert "without ce_authid" in well_formed([lacking]).problems[0]
    assert not well_formed([record(STREAM, 1, {}, headers={"ce_sequence": "1"})]).held
    assert not well_formed([record(STREAM, 1, {}, headers={"ce_subject": "somebody"})]).held
