"""The worked example of ``docs/schemas.md``: how a released event evolves, and what the gate refuses."""

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest

from backbone.events import DomainEvent
from cli.schemas.events import event_schema
from cli.schemas.tree import EVENTS, broken_promises, differences, release, with_history, write

SOURCE = "https://toys.example"
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
