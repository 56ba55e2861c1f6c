"""Kafka records for the tests of the demo's checks."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cli.demo.observer import Seen

__all__ = ["appointment", "record"]

STARTS, ENDS = "2030-01-07T15:00:00Z", "2030-01-07T15:15:00Z"


def record(
    stream: UUID,
    version: int,
    data: dict[str, Any],
    *,
    event: str = "AppointmentBooked",
    topic: str = "almanac.booking.appointments",
    sequence: int = 1,
    offset: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Seen:
    """A record as the relay would write it; ``headers`` replace what it would say."""
    service, name = topic.split(".")[1:3]
    said = {
        "ce_specversion": "1.0",
        "ce_id": f"{stream}-{version}",
        "ce_source": f"https://almanac.example/{service}/{name}",
        "ce_type": f"almanac.{service}.{event}.v1",
        "ce_time": "2030-01-01T00:00:00Z",
        "ce_recordedtime": "2030-01-01T00:00:00Z",
        "ce_subject": str(stream),
        "ce_dataschema": "https://almanac.example/schemas/x.json",
        "ce_partitionkey": str(stream),
        "ce_sequence": f"{sequence:020d}",
        "ce_position": f"{sequence:020d}",
        "ce_streamversion": f"{version:020d}",
        "ce_authtype": "user",
        "ce_authid": "a1b2",
        "content-type": "application/json",
        "traceparent": "00-" + 32 * "1" + "-" + 16 * "2" + "-01",
    }
    return Seen(
        topic=topic,
        partition=0,
        offset=sequence if offset is None else offset,
        key=str(stream).encode(),
        headers={name: value.encode() for name, value in (said | dict(headers or {})).items()},
        value=json.dumps(data).encode(),
    )


def appointment(*resources: UUID, patient: UUID | None = None, **more: Any) -> dict[str, Any]:
    """The data of an appointment's event: fifteen minutes with ``resources``."""
    return {
        "status": "booked",
        "starts_at": STARTS,
        "ends_at": ENDS,
        "patient_id": str(patient) if patient else None,
        "resource_ids": [str(id) for id in resources],
        "resources": [
            {
                "resource_id": str(id),
                "starts_at": STARTS,
                "ends_at": ENDS,
                "busy_from": STARTS,
                "busy_until": ENDS,
            }
            for id in resources
        ],
        **more,
    }
