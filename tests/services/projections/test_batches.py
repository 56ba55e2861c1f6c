"""However Kafka cuts the events into batches, the tables end up the same."""

import random
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from backbone.events import DomainEvent
from backbone.projecting import Projection
from services.booking.events import appointments, patients, setup, tasks
from services.booking.values import WeeklyHours
from services.patient_flow.events import ProviderDelayCleared, ProviderDelayReported
from services.projections.agenda.projection import Agenda
from services.projections.calendars.projection import Calendars
from services.projections.directory import Directory
from services.projections.patient_appointments import PatientAppointments
from services.projections.patients import Patients
from tests.services.projections.telling import CLINIC, NINE, appointment, hear, named, rows, tables

SEALED = "sealed1:" + "A" * 90
Step = Callable[[str, int, random.Random], DomainEvent]


def _appointment(name: str, version: int, chance: random.Random) -> DomainEvent:
    kind, status = chance.choice(
        [
            (appointments.SlotHeld, "held"),
            (appointments.AppointmentBooked, "booked"),
            (appointments.AppointmentRescheduled, "booked"),
            (appointments.AppointmentRescheduled, "booked"),
            (appointments.PreparationConfirmed, "confirmed"),
            (appointments.AppointmentCancelled, "cancelled"),
            (appointments.HoldExpired, "cancelled"),
            (appointments.AppointmentEnteredInError, "entered-in-error"),
        ]
    )
    who, where = chance.choice(["chan", "diaz", "okoye"]), chance.choice(["room 1", "room 2"])
    starts_at = NINE + timedelta(days=chance.randrange(3), minutes=5 * chance.randrange(60))
    return appointment(kind, name, version, starts_at, status=status, with_={who: "provider", where: "room"})


def _task(name: str, version: int, chance: random.Random) -> DomainEvent:
    head = {"originator_id": named(name), "originator_version": version, "timestamp": NINE}
    if version == 1:
        return tasks.TaskOpened(
            **head,
            task_id=named(name),
            facility_id=CLINIC,
            kind="rebook",
            reason_code="absence-surgery",
            owner="scheduler",
            due_at=NINE,
            appointment_id=named("appointment 1"),
        )
    return tasks.TaskDone(**head, task_id=named(name), facility_id=CLINIC, outcome_code="rescheduled")


def _delay(name: str, version: int, chance: random.Random) -> DomainEvent:
    day = date(2026, 3, 2) + timedelta(days=chance.randrange(2))
    head = {"originator_id": named(name), "originator_version": version, "timestamp": NINE}
    if chance.random() < 0.4:
        return ProviderDelayCleared(**head, facility_id=CLINIC, day=day)
    minutes, until = chance.randrange(1, 90), NINE + timedelta(hours=14)
    return ProviderDelayReported(**head, facility_id=CLINIC, day=day, minutes=minutes, valid_until=until)


def _resource(name: str, version: int, chance: random.Random) -> DomainEvent:
    head = {
        "originator_id": named(name),
        "originator_version": version,
        "timestamp": NINE,
        "resource_id": named(name),
        "facility_id": CLINIC,
    }
    absence = {"absence_id": named(f"absence {chance.randrange(3)} of {name}"), "starts_at": NINE}
    kind = 0 if version == 1 else chance.randrange(6)
    if kind == 0:
        named_so = chance.choice(["Dr. Chan", "Dr. Chan-Lee"])
        return setup.ResourceAdded(**head, kind="provider", name=named_so, specialties=("cardiology",))
    if kind == 1:
        return setup.ResourceRetired(**head)
    if kind == 2:
        hours = WeeklyHours(day="MO", from_time="09:00", to_time=f"1{chance.randrange(3, 9)}:00")
        return setup.TemplateChanged(**head, effective_from=date(2026, 1, version), weekly=(hours,))
    until = NINE + timedelta(hours=chance.randrange(1, 9))
    if kind == 3:
        return setup.AbsenceRemoved(**head, **absence, ends_at=until)
    return setup.AbsenceAdded(**head, **absence, ends_at=until, reason="surgery")


def _patient(name: str, version: int, chance: random.Random) -> DomainEvent:
    head = {
        "originator_id": named(name),
        "originator_version": version,
        "timestamp": NINE,
        "patient_id": named(name),
    }
    kind = 0 if version == 1 else chance.randrange(5)
    if kind <= 1:
        sealed = SEALED[:-1] + chance.choice("BCD")
        details = {"family_name": sealed, "given_names": SEALED, "birth_date": SEALED}
        if kind == 0:
            return patients.PatientRegistered(**head, **details)
        return patients.PatientDetailsChanged(**head, **details, changed=("family_name",))
    if kind == 2 and version > 4:
        return patients.PatientErased(**head, reason_code="asked")
    merge = {"survivor_id": named("patient 0"), "merged_id": named("patient 1")}
    return (patients.PatientsMerged if kind == 3 else patients.PatientsUnmerged)(**head, **merge)


def history(chance: random.Random, step: Step, stem: str, streams: int, longest: int) -> list[DomainEvent]:
    """Streams of random length, mixed as partitions mix them: each in its own order."""
    waiting = [
        [step(f"{stem} {number}", version, chance) for version in range(1, chance.randint(1, longest) + 1)]
        for number in range(streams)
    ]
    mixed = []
    while waiting:
        stream = chance.choice(waiting)
        mixed.append(stream.pop(0))
        waiting = [each for each in waiting if each]
    return mixed


def all_histories(chance: random.Random) -> list[DomainEvent]:
    """What every topic told, one after the other, or all mixed."""
    parts = [
        history(chance, _appointment, "appointment", 12, 8),
        history(chance, _task, "task", 6, 2),
        history(chance, _delay, "chan", 3, 6),
        history(chance, _resource, "chan", 3, 10),
        history(chance, _patient, "patient", 4, 7),
    ]
    chance.shuffle(parts)
    return [event for part in parts for event in part]


@pytest.mark.parametrize("projection", [Calendars, Agenda, Directory, Patients, PatientAppointments])
async def test_any_split_into_batches_gives_the_same_tables(
    database: str, projection: type[Projection]
) -> None:
    names = re.findall(r"CREATE TABLE (\w+)\{g\}", projection.tables)
    for seed in range(12):
        chance = random.Random(seed)
        heard = hear(projection, all_histories(chance))
        fold = projection().fold
        async with (
            tables(database, projection, 1000 + seed) as one_by_one,
            tables(database, projection, 2000 + seed) as at_once,
            tables(database, projection, 3000 + seed) as in_parts,
            tables(database, projection, 4000 + seed, many=1) as copied,
        ):
            for each in heard:
                await fold([each], one_by_one)
            await fold(heard, at_once)
            start = 0
            while start < len(heard):
                end = start + chance.randint(1, 12)
                await fold(heard[start:end], in_parts)
                await fold(heard[start:end], copied)
                start = end
            expected = await rows(one_by_one, names)
            assert await rows(at_once, names) == expected
            assert await rows(in_parts, names) == expected
            assert await rows(copied, names) == expected
