"""What projections read is what services write: types and fields, by the committed schemas."""

from collections.abc import Iterator
from typing import cast

import pytest
from pydantic import BaseModel

from backbone.privacy.privacy import Privacy
from backbone.projecting import Projection
from services.booking import kafka as booking_kafka
from services.patient_flow import kafka as patient_flow_kafka
from services.projections import kafka as projections_kafka
from tests.schemas.consumers import assert_reads, committed_schema, published_types

NOT_ASKED = cast(Privacy, None)
"""What a projection hears stands in its class: no collaborator is asked."""
PROJECTIONS: tuple[Projection, ...] = (
    *booking_kafka.projections(NOT_ASKED),
    *patient_flow_kafka.PROJECTIONS,
    *projections_kafka.PROJECTIONS,
)


def readings() -> Iterator[tuple[Projection, str, type[BaseModel]]]:
    for projection in PROJECTIONS:
        for event_type, model in projection.hears.items():
            yield projection, event_type, model


def topic_of(event_type: str) -> str:
    """Of today's types, and of those that are only in history."""
    return str(committed_schema(event_type)["x-kafka-topic"])


@pytest.mark.parametrize(("projection", "event_type", "model"), list(readings()))
def test_each_model_fits_the_events_that_it_reads(
    projection: Projection, event_type: str, model: type[BaseModel]
) -> None:
    assert topic_of(event_type) in projection.topics
    assert_reads(model, event_type)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_no_topic_is_listened_to_in_vain(projection: Projection) -> None:
    assert {topic_of(event_type) for event_type in projection.hears} == set(projection.topics)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_an_event_that_is_heard_is_heard_in_every_version(projection: Projection) -> None:
    heard = {name_of(event_type) for event_type in projection.hears}
    assert {each for each in published_types() if name_of(each) in heard} == set(projection.hears)


def name_of(event_type: str) -> str:
    return event_type.rpartition(".v")[0]
