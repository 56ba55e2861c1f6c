"""How a released event evolves, and what the gate refuses, on a small event and on a real one."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel

from backbone.events import DomainEvent
from backbone.store.mapper import EventMapper, Upcast
from cli.schemas.events import event_schema
from cli.schemas.tree import EVENTS, broken_promises, differences, release, with_history, write
from services.booking.events.patients import PatientRegistered
from tests.schemas.consumers import committed_schema, misreadings

SOURCE = "https://toys.example"
REGISTERED = "almanac.booking.PatientRegistered.v1"
V1, V2 = "events/almanac.toys.ToyBorrowed.v1.json", "events/almanac.toys.ToyBorrowed.v2.json"


class _ToyBorrowed(DomainEvent):
    service: ClassVar[str] = "toys"
    kafka_topic: ClassVar[str] = "almanac.toys.loans"


class Released(_ToyBorrowed):
    """As it was at the first release."""

    child_id: UUID
    weeks: int


class Grown(_ToyBorrowed):
    """A new optional field: the same version, readable by all and able to read all."""

    child_id: UUID
    weeks: int
    insured: bool = False


class Changed(_ToyBorrowed):
    """Weeks became a date: under the same name and version, nobody could read it."""

    child_id: UUID
    due: datetime


class Raised(Changed):
    """The same change as a new version."""

    schema_version: ClassVar[int] = 2


def _weeks_to_due(value: Mapping[str, Any]) -> Mapping[str, Any]:
    borrowed = datetime.fromisoformat(value["timestamp"])
    return {
        "timestamp": borrowed,
        "child_id": value["child_id"],
        "due": borrowed + timedelta(weeks=value["weeks"]),
    }


def _documents(event: type[DomainEvent], folder: Path) -> dict[str, Any]:
    name = event.event_type().replace(event.__name__, "ToyBorrowed")
    return with_history({f"{EVENTS}{name}.json": event_schema(event, SOURCE)}, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``schemas/`` after the first release."""
    documents = _documents(Released, tmp_path)
    write(documents, tmp_path)
    release(documents, tmp_path)
    return tmp_path


def test_a_new_optional_field_keeps_the_version(folder: Path) -> None:
    documents = _documents(Grown, folder)
    assert broken_promises(documents, folder) == []
    assert differences(documents, folder) == [f"{V1}: differs from the code"]
    assert write(documents, folder) == [V1]
    assert differences(documents, folder) == []


def test_a_change_that_readers_cannot_follow_is_refused(folder: Path) -> None:
    assert broken_promises(_documents(Changed, folder), folder) == [
        f"{V1}: weeks: removed",
        f"{V1}: due: newly required",
    ]


def test_as_a_new_version_it_passes_and_the_old_schema_stays_for_the_old_records(folder: Path) -> None:
    documents = _documents(Raised, folder)
    assert list(documents) == [V1, V2]
    assert broken_promises(documents, folder) == []
    assert write(documents, folder) == [V2]
    assert (folder / V1).exists()


def test_records_of_the_old_version_become_events_of_the_new_one() -> None:
    borrowed, stream, child = datetime(2026, 3, 2, 9, tzinfo=UTC), uuid4(), uuid4()
    old = Released(originator_id=stream, originator_version=1, timestamp=borrowed, child_id=child, weeks=2)
    upcast = Upcast(Released.event_type(), Raised.event_type(), _weeks_to_due)

    now = EventMapper([Raised], [upcast]).decode(
        Released.event_type(), stream, 1, old.model_dump_json().encode()
    )

    assert now == Raised(
        originator_id=stream,
        originator_version=1,
        timestamp=borrowed,
        child_id=child,
        due=datetime(2026, 3, 16, 9, tzinfo=UTC),
    )


def test_an_old_consumer_goes_on_when_an_event_grows() -> None:
    class Reader(BaseModel):
        child_id: UUID
        weeks: int

    grown = Grown(
        originator_id=uuid4(),
        originator_version=1,
        timestamp=datetime.now(UTC),
        child_id=uuid4(),
        weeks=1,
        insured=True,
    )
    assert misreadings(Reader, event_schema(Grown, SOURCE)) == []
    assert Reader.model_validate_json(EventMapper([Grown]).state_of(grown)).child_id == grown.child_id


def test_before_the_first_release_everything_may_change(tmp_path: Path) -> None:
    write(_documents(Released, tmp_path), tmp_path)
    documents = _documents(Changed, tmp_path)
    assert broken_promises(documents, tmp_path) == []
    assert write(documents, tmp_path) == [V1]


def test_an_unreleased_type_that_the_code_dropped_goes_away(tmp_path: Path) -> None:
    write(_documents(Released, tmp_path), tmp_path)
    assert differences(_documents(Raised, tmp_path), tmp_path) == [
        f"{V2}: missing",
        f"{V1}: nothing in the code says so",
    ]
    assert write(_documents(Raised, tmp_path), tmp_path) == [V1, V2]
    assert not (tmp_path / V1).exists()


def test_a_released_file_edited_by_hand_is_noticed(folder: Path) -> None:
    (folder / V1).write_text("{}\n")
    assert differences(_documents(Raised, folder), folder) == [
        f"{V2}: missing",
        f"{V1}: differs from the code",
    ]


def test_a_real_event_changed_under_its_version_is_refused(tmp_path: Path) -> None:
    released = f"events/{REGISTERED}.json"
    (tmp_path / "released" / "events").mkdir(parents=True)
    (tmp_path / "released" / released).write_text(json.dumps(committed_schema(REGISTERED)))

    class PatientRegisteredAnew(PatientRegistered):
        """Changed, and not raised."""

        schema_version: ClassVar[int] = 1

    changed = event_schema(PatientRegisteredAnew, "https://almanac.example")
    assert broken_promises({released: changed}, tmp_path) == [
        f"{released}: contacts[].relationship: removed",
    ]
