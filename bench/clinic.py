"""An invented clinic to book in, made through the public interface."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.connection import Connection

__all__ = ["Clinic", "Furnishing", "furnish"]

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DESKS = 16


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What a clinic shall have."""

    kinds: tuple[str, ...] = ("provider", "room")
    """What a visit needs one of each."""
    places: int = 50
    """Resources of each kind."""
    patients: int = 1_000
    visit_types: Mapping[str, int] = field(default_factory=lambda: {"bench": 30})
    """Minutes by code."""
    weekly: Sequence[Mapping[str, str]] = tuple({"day": day, "from": "00:00", "to": "24:00"} for day in DAYS)


@dataclass(frozen=True, slots=True)
class Clinic:
    """What there is, by id."""

    facility: str
    resources: Mapping[str, tuple[str, ...]]
    """By kind."""
    patients: tuple[str, ...]


async def furnish(connect: Callable[[], Connection], wanted: Furnishing) -> Clinic:
    """Asks for it all; RuntimeError where anything is refused."""
    desk = connect()
    named = {"name": "Bench", "time_zone": "UTC", "phone": "+12125550100", "message_name": "Bench"}
    facility = (await _ask(desk, "POST", "/v1/facilities", named))["facility_id"]
    needs = [{"kind": kind} for kind in wanted.kinds]
    for code, minutes in wanted.visit_types.items():
        visit_type = {"code": code, "name": code, "minutes": minutes, "needs": needs}
        await _ask(desk, "POST", "/v1/visit-types", visit_type)
    resources = {kind: await _resources(desk, facility, kind, wanted) for kind in wanted.kinds}
    await desk.close()
    return Clinic(facility, resources, await _patients(connect, wanted.patients))


async def _resources(desk: Connection, facility: str, kind: str, wanted: Furnishing) -> tuple[str, ...]:
    made: list[str] = []
    for number in range(wanted.places):
        body = {"facility_id": facility, "kind": kind, "name": f"{kind} {number}"}
        resource = (await _ask(desk, "POST", "/v1/resources", body))["resource_id"]
        week = {"effective_from": "2020-01-01", "weekly": list(wanted.weekly)}
        await _ask(desk, "PUT", f"/v1/resources/{resource}/template", week)
        made.append(resource)
    return tuple(made)


async def _patients(connect: Callable[[], Connection], number: int) -> tuple[str, ...]:
    async def register(start: int) -> list[str]:
        desk = connect()
        made = []
        for place in range(start, number, DESKS):
            named = {"family_name": "Bench", "given_names": f"Number {place}", "birth_date": "1970-01-01"}
            made.append((await _ask(desk, "POST", "/v1/patients", named))["patient_id"])
        await desk.close()
        return made

    shares = await asyncio.gather(*(register(start) for start in range(DESKS)))
    return tuple(patient for share in shares for patient in share)


async def _ask(desk: Connection, method: str, path: str, body: Mapping[str, Any]) -> Any:
    status, answer = await desk.request(method, path, body)
    if status not in (200, 201):
        raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")
    return json.loads(answer)
