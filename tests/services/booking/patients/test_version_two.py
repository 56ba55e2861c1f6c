"""The worked example of ``docs/evolution.md``: contacts' relationships, in the clear in version 1.

What was recorded in version 1 stays so, in the store and on Kafka, and is read as version 2.
"""

import json
from typing import Any
from uuid import UUID

import pytest

from services.booking.events.patients import PatientRegistered
from services.booking.kafka import TOPICS
from tests.services.booking.patients.version_one import V1, V2, recorded_in_version_one
from tests.services.booking.serving import Front
from tests.support.on_kafka import read_topics
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGED_V2 = "almanac.booking.PatientDetailsChanged.v2"


async def shown_relationships(front: Front, patient: UUID | str) -> list[str | None]:
    read = await front.get(f"/v1/patients/{patient}")
    return [contact["relationship"] for contact in read["contacts"]]


async def on_kafka(front: Front, patient: UUID | str) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """Headers and value of each record about a patient, in order."""
    topics = [topic for topic in TOPICS if topic.name == PatientRegistered.kafka_topic]
    return [
        ({name: value.decode() for name, value in record.headers}, json.loads(record.value or b""))
        for record in await read_topics(front.environment.kafka, topics)
        if record.key == str(patient).encode()
    ]


async def test_what_was_recorded_in_version_one_is_read_changed_and_published(front: Front) -> None:
    patient = await recorded_in_version_one(front, "v1-1", "Mother ", "Anna, her aunt")
    assert await shown_relationships(front, patient) == ["mother", "other"]

    async def found() -> bool:
        wanted = {"identifier": {"system": "mrn", "value": "v1-1"}}
        told = await front.post("/v1/patients/search", wanted, 200)
        return [one["patient_id"] for one in told["patients"]] == [str(patient)]

    await eventually(found)
    changed = await front.send("PATCH", f"/v1/patients/{patient}", {"language": "en"}, 200)
    assert changed["version"] == 2
    assert await shown_relationships(front, patient) == ["mother", "other"]

    async def both() -> list[tuple[dict[str, str], dict[str, Any]]] | None:
        records = await on_kafka(front, patient)
        return records if len(records) == 2 else None

    (old, as_it_was), (new, as_it_is) = await eventually(both)
    assert [(r["ce_type"], int(r["ce_streamversion"])) for r in (old, new)] == [(V1, 1), (CHANGED_V2, 2)]
    assert old["ce_dataschema"].endswith(f"/schemas/events/{V1}.json")
    assert [contact["relationship"] for contact in as_it_was["contacts"]] == ["Mother ", "Anna, her aunt"]
    assert [c["relationship_code"] for c in as_it_is["contacts"]] == ["mother", "other"]


async def test_other_words_than_the_codes_are_ciphertext_from_now_on(front: Front) -> None:
    contacts = [
        {"channel": "sms", "value": "+1 212 555 0145", "relationship": words}
        for words in ("guardian", "Anna, her aunt")
    ]
    patient = await front.patient("Ekow", contacts=contacts)
    assert await shown_relationships(front, patient) == ["guardian", "Anna, her aunt"]
    records = await eventually(lambda: on_kafka(front, patient))
    assert [headers["ce_type"] for headers, _ in records] == [V2]
    assert "Anna" not in json.dumps(records)
    codes = [contact["relationship_code"] for contact in records[0][1]["contacts"]]
    assert codes == ["guardian", "other"]
