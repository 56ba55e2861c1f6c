"""A topic deleted under a running consumer, made again and published again: it goes on by itself.

Within some ten seconds, at which a consumer asks for the topics there are: hence among the long ones.
"""

import pytest

from tests.backbone.projecting.at_work import shows_it, working
from tests.backbone.projecting.conftest import TOPICS, Hospital
from tests.support.on_kafka import create_topics, delete_topics
from tests.support.waiting import eventually


@pytest.mark.long
async def test_a_consumer_goes_on_when_its_topic_is_made_again(hospital: Hospital) -> None:
    ward = hospital.ward
    ward.bustle(stays=5)
    await hospital.publish()
    async with working(hospital):
        await shows_it(hospital)
        await delete_topics(hospital.engine.kafka, TOPICS)
        await create_topics(hospital.engine.kafka, TOPICS)
        ward.published = 0
        ward.bustle(stays=5)
        await hospital.publish()
        await eventually(hospital.right, within=60)
