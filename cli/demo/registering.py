"""Registers the clinic: facilities, visit types, resources with their hours and absences, patients."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from cli.demo.anchor import Anchor
from cli.demo.clinic import ClinicFiles, Known
from cli.demo.desk import Desk

__all__ = ["Progress", "register_clinic", "register_patient", "register_patients", "several"]

Progress = Callable[[str], None]
"""Called once per thing registered, with its kind."""
T = TypeVar("T")


async def register_clinic(desk: Desk, files: ClinicFiles, anchor: Anchor, done: Progress) -> Known:
    """Everything but the patients."""
    known = Known()
    for row in files.facilities:
        body = {name: row[name] for name in ("name", "time_zone", "phone", "message_name")}
        answer = (await desk.post("/v1/facilities", body)).expect(201)
        known.facilities[row["facility"]] = UUID(answer.body["facility_id"])
        done("facility")
    for kind in files.visit_types:
        (await desk.post("/v1/visit-types", kind)).expect(201)
        done("visit type")

    async def resource(row: dict[str, str]) -> None:
        body = {
            "facility_id": str(known.facilities[row["facility"]]),
            "kind": row["kind"],
            "name": row["resource"],
            "specialties": row["specialties"].split(";"),
        }
        answer = (await desk.post("/v1/resources", body)).expect(201)
        known.resources[row["resource"]] = UUID(answer.body["resource_id"])
        done(row["resource"])

    async def template(row: dict[str, Any]) -> None:
        body = {
            "effective_from": anchor.day(row["effective_from_day"]).isoformat(),
            "effective_to": anchor.day(row["effective_to_day"]).isoformat(),
            "weekly": [_hours(line, known) for line in row["weekly"]],
        }
        (await desk.put(f"/v1/resources/{known.resources[row['resource']]}/template", body)).expect(200)
        done(row["resource"])

    async def absence(row: dict[str, Any]) -> None:
        zone = files.zones[files.homes[row["resource"]]]
        body = {
            "starts_at": anchor.instant(row["day"], row["from"], zone).isoformat(),
            "ends_at": anchor.instant(row["day"], row["to"], zone).isoformat(),
            "reason": row["reason"],
        }
        (await desk.post(f"/v1/resources/{known.resources[row['resource']]}/absences", body)).expect(201)
        done("absence")

    await several(files.resources, resource)
    await several(files.templates, template)
    await several(files.absences, absence)
    return known


async def register_patients(desk: Desk, files: ClinicFiles, known: Known, done: Progress) -> None:
    """All patients, by the front desk, several at a time."""

    async def patient(record: dict[str, Any]) -> None:
        number, patient_id = await register_patient(desk, record)
        known.patients[number] = patient_id
        done("")

    await several(files.patients, patient, at_once=16)


async def register_patient(desk: Desk, record: dict[str, Any]) -> tuple[str, UUID]:
    """Record number and id of one patient."""
    body = {name: value for name, value in record.items() if name != "facility"}
    answer = (await desk.post("/v1/patients", body, role="front-desk")).expect(201)
    return record["identifiers"][0]["value"], UUID(answer.body["patient_id"])


def _hours(line: dict[str, Any], known: Known) -> dict[str, Any]:
    elsewhere = {"facility_id": str(known.facilities[line["facility"]])} if "facility" in line else {}
    return {name: value for name, value in line.items() if name != "facility"} | elsewhere


async def several(things: Iterable[T], do: Callable[[T], Awaitable[None]], at_once: int = 8) -> None:
    """Does it to each, several at a time; the first error ends it."""
    waiting = iter(things)

    async def worker() -> None:
        for thing in waiting:
            await do(thing)

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(at_once):
                workers.create_task(worker())
    except ExceptionGroup as group:
        raise group.exceptions[0] from None
