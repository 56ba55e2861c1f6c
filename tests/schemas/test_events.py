"""The generated schema of one event class, on a sample service."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from cli.schemas import FOLDER
from cli.schemas.events import event_schema, recorded_events
from tests.schemas.sample_service.events import Shelf, ToyBorrowed, ToyReturned

SOURCE = "https://toys.example"


def test_a_schema_says_what_it_is_where_it_lives_and_which_topic_carries_it() -> None:
    schema = event_schema(ToyBorrowed, SOURCE)
    assert schema["$id"] == "https://toys.example/schemas/events/almanac.toys.ToyBorrowed.v1.json"
    assert schema["title"] == "ToyBorrowed"
    assert schema["description"] == "A child took the toy home.\n\nIt has to be back in a week."
    assert schema["x-kafka-topic"] == "almanac.toys.loans"
    Draft202012Validator.check_schema(schema)


def test_fields_keep_their_order_and_their_docstrings_also_inherited_ones() -> None:
    properties = event_schema(ToyBorrowed, SOURCE)["properties"]
    assert list(properties) == ["timestamp", "child_id", "due", "from_shelf"]
    assert properties["child_id"]["description"] == "Who plays with it."
    assert properties["timestamp"]["description"].startswith("When it happened")


def test_what_stands_in_the_headers_is_not_in_the_value() -> None:
    schema = event_schema(ToyBorrowed, SOURCE)
    assert not {"originator_id", "originator_version"} & schema["properties"].keys()


def test_a_field_with_a_default_is_optional_because_older_records_lack_it() -> None:
    schema = event_schema(ToyReturned, SOURCE)
    assert "to_shelf" in schema["properties"]
    assert "to_shelf" not in schema["required"]
    assert schema["$defs"]["Shelf"]["required"] == ["room"]


def test_a_reader_with_this_schema_accepts_what_a_later_version_adds() -> None:
    schema = event_schema(ToyBorrowed, SOURCE)
    event = ToyBorrowed(
        originator_id=uuid4(),
        originator_version=1,
        timestamp=datetime.now(UTC),
        child_id=uuid4(),
        due=datetime.now(UTC),
        from_shelf=Shelf(room="attic"),
    )
    later = event.model_dump(mode="json") | {"insured": True}
    later["from_shelf"]["colour"] = "red"
    Draft202012Validator(schema).validate(later)


def test_a_services_events_are_listed_by_type() -> None:
    module = "tests.schemas.sample_service"
    assert [event.__name__ for event in recorded_events([module])] == [
        "ToyBorrowed",
        "ToyBroken",
        "ToyReturned",
    ]


@pytest.mark.parametrize("path", sorted((FOLDER / "events").glob("*.json")), ids=lambda path: path.stem)
def test_every_field_of_an_event_says_what_it_means(path: Path) -> None:
    schema = json.loads(path.read_text())
    parts = {"": schema, **schema.get("$defs", {})}
    silent = [
        f"{part}.{name}"
        for part, fields in parts.items()
        for name, field in fields.get("properties", {}).items()
        if not field.get("description")
    ]
    assert silent == []
