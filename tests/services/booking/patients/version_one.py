"""A patient as the release before recorded it: in version 1, with contacts' relationships in the clear."""

import json
from uuid import UUID

from backbone.ids import new_id
from backbone.privacy.fields import BIRTH_DATE, CONTACT, FAMILY_NAME, GIVEN_NAMES, IDENTIFIER
from backbone.store.commit import lock_of
from services.booking.events.patients import PatientRegistered
from tests.services.booking.serving import NOW, Front

__all__ = ["V1", "V2", "recorded_in_version_one"]

V1, V2 = "almanac.booking.PatientRegistered.v1", "almanac.booking.PatientRegistered.v2"

RECORD = """
INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id, kafka_topic,
                           sequence, meta, occurred_at, recorded_at)
SELECT $1, 1, $2, $3, max(notification_id) + 1, $4, max(sequence) FILTER (WHERE kafka_topic = $4) + 1,
       '{"auth_type": "user", "auth_id": "u-1", "correlation_id": "c-1"}', $5, now()
  FROM stored_events
"""


async def recorded_in_version_one(front: Front, number: str, *relationships: str) -> UUID:
    """A patient in version 1, as the store has kept it since."""
    patient = new_id()
    sealer = await front.environment.privacy.new_sealer(patient)

    def sealed(text: str, path: str) -> str:
        return sealer.seal(text, stream=patient, version=1, path=path)

    contacts = [
        {"channel": "voice", "value": sealed("+1 212 555 0144", CONTACT), "relationship": words}
        for words in relationships
    ]
    state = {
        "timestamp": NOW.isoformat(),
        "patient_id": str(patient),
        "family_name": sealed("Abara", FAMILY_NAME),
        "given_names": sealed("Chidi", GIVEN_NAMES),
        "birth_date": sealed("1979-08-02", BIRTH_DATE),
        "identifiers": [{"system": "mrn", "value": sealed(number, IDENTIFIER)}],
        "contacts": contacts,
    }
    connection = await front.environment.connect("booking")
    try:
        async with connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({lock_of('booking')})")
            topic = PatientRegistered.kafka_topic
            await connection.execute(RECORD, patient, V1, json.dumps(state).encode(), topic, NOW)
            await connection.execute("SELECT pg_notify('stored_events', 'booking')")
    finally:
        await connection.close()
    return patient
