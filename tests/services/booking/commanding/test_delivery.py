"""Delivered again, to one process or another, before and after a restart: applied once, answered alike."""

from dataclasses import replace

import pytest
from aiokafka import ConsumerRecord

from backbone.commanding.executing import Executor
from backbone.commanding.naming import topics_of_system
from backbone.commanding.systems import System, find_systems
from backbone.projecting.engine import projection_pool
from backbone.projecting.reading import ProjectionReader
from backbone.telemetry.metrics import Metrics
from services.booking.commanding.handlers import commands
from services.booking.patients.index import PatientIndex
from services.booking.service import BookingService
from tests.services.booking.commanding.commanded import Commanded
from tests.services.booking.serving import NOW
from tests.support.on_kafka import read_topics
from tests.support.other_system import SOURCE, open_system, registered
from tests.support.servers import SessionServers
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def house(unattended: Commanded) -> Commanded:
    """Each test starts the consumers that it needs."""
    return unattended


async def bookings(house: Commanded) -> int:
    return len(await house.events("AppointmentBooked"))


async def test_a_command_delivered_again_is_applied_once_and_answered_alike(house: Commanded) -> None:
    lab, before = house.lab, await bookings(house)
    async with house.consumer():
        id = await lab.send("BookAppointment", house.wanted("09:00"))
        await lab.answered(id)
        await lab.send("BookAppointment", house.wanted("09:00"), id=id)
        told = await lab.answered(id, times=2)
        # The first answer counts, whatever comes under the id of a command.
        await lab.send("BookAppointment", house.wanted("09:30"), id=id)
        assert (await lab.answered(id, times=3)).accepted
        taken = await lab.send("BookAppointment", house.wanted("09:00"))
        refused = await lab.answered(taken)
        appointment = {"subject": told.body["appointment_id"]}
        await lab.accepted("CancelAppointment", {"by": "clinic", "reason_code": "closed"}, **appointment)
        # The time is free by now; what was refused stays refused.
        await lab.send("BookAppointment", house.wanted("09:00"), id=taken)
        assert (await lab.answered(taken, times=2)).body == refused.body
        assert not refused.accepted
    assert await bookings(house) == before + 1


async def test_also_after_a_restart(house: Commanded) -> None:
    lab, before = house.lab, await bookings(house)
    async with house.consumer():
        id = await lab.send("BookAppointment", house.wanted("10:00"))
        late = await lab.send("BookAppointment", {"visit_type": "check-up"})
        await lab.answered(id)
        await lab.answered(late)
    await lab.send("BookAppointment", house.wanted("10:00"), id=id)
    await lab.send("BookAppointment", house.wanted("10:30"), id=late)
    async with house.consumer():
        assert (await lab.answered(id, times=2)).accepted
        told = await lab.answered(late, times=2)
        assert told.body["errors"], "field by field, as it was told before"
    assert await bookings(house) == before + 1
    assert (len(lab.answers[id]), len(lab.answers[late])) == (2, 2), "what was answered is not read again"


async def test_also_when_it_lapses_meanwhile(house: Commanded) -> None:
    lab = house.lab
    async with house.consumer():
        expiry = {"expirytime": NOW.isoformat()}
        id = await lab.send("BookAppointment", house.wanted("10:30"), **expiry)
        assert (await lab.answered(id)).accepted
        house.front.clock.advance(NOW - NOW.replace(hour=NOW.hour - 1))
        await lab.send("BookAppointment", house.wanted("10:30"), id=id, **expiry)
        assert (await lab.answered(id, times=2)).accepted


async def test_committed_but_never_answered_is_answered_after_the_crash(house: Commanded) -> None:
    """A process dies between the store's commit and the answer: the next one finds what was decided."""
    lab, before = house.lab, await bookings(house)
    id = await lab.send("BookAppointment", house.wanted("11:00"))
    service = BookingService(replace(house.front.environment, metrics=Metrics()))
    async with await projection_pool(house.database, "booking") as pool, service._store() as store:
        desk = service._command_desk(store, ProjectionReader(pool, PatientIndex))
        environment = house.front.environment
        executor = Executor(
            commands(desk),
            house.commanding.keys,
            house.commanding.owners,
            environment.clock,
            environment.kafka.topic_prefix,
            "https://x",
        )
        (lost,) = await executor.execute(await _record(house, id), await _lab(house))
    assert await bookings(house) == before + 1
    assert id not in lab.answers
    async with house.consumer():
        told = await lab.answered(id)
    assert told.accepted
    kept = ("ce_id", "ce_sequence", "ce_position", "ce_time", "ce_recordedtime")
    assert [told.headers[name].encode() for name in kept] == [dict(lost.headers)[name] for name in kept]
    assert told.value == lost.value
    assert await bookings(house) == before + 1


async def test_two_consumers_share_the_work_and_answer_each_command_once(house: Commanded) -> None:
    lab, before = house.lab, await bookings(house)
    quarter_hours = [f"{hour:02}:{minute:02}" for hour in range(12, 16) for minute in (0, 30)]
    async with house.consumer():
        ids = [await lab.send("BookAppointment", house.wanted(when)) for when in quarter_hours[:4]]
        async with house.consumer():
            ids += [await lab.send("BookAppointment", house.wanted(when)) for when in quarter_hours[4:]]
            # The same of them all once more, wherever they land now.
            for id, when in zip(ids, quarter_hours, strict=True):
                await lab.send("BookAppointment", house.wanted(when), id=id)
            answers = [await lab.answered(id, times=2) for id in ids]
    assert all(answer.accepted for answer in answers)
    assert await bookings(house) == before + len(ids)


async def test_commands_of_one_subject_are_carried_out_in_their_order(house: Commanded) -> None:
    lab = house.lab
    async with house.consumer():
        booked = await lab.accepted("BookAppointment", house.wanted("09:30"))
        about = {"subject": booked["appointment_id"]}
        ids = []
        for version in range(1, 8):
            body = {"starts_at": f"2030-03-12T09:{5 * version:02}:00-04:00", "by": "clinic"}
            ids.append(await lab.send("RescheduleAppointment", body, expectedversion=str(version), **about))
        assert [(await lab.answered(id)).body.get("version") for id in ids] == list(range(2, 9))


async def test_the_same_id_of_another_system_is_another_command(house: Commanded) -> None:
    await registered(house.database, "pharmacy", "scheduler")
    async with (
        open_system(house.front.environment.kafka, "pharmacy", house.commanding) as pharmacy,
        house.consumer(),
    ):
        id = await house.lab.send("BookAppointment", house.wanted("16:00"))
        assert (await house.lab.answered(id)).accepted
        await pharmacy.send("BookAppointment", house.wanted("16:00"), id=id)
        assert not (await pharmacy.answered(id)).accepted


async def test_postgresql_away_is_waited_for(house: Commanded, servers: SessionServers) -> None:
    lab, wanted = house.lab, house.front.wanted
    async with house.consumer():
        await lab.accepted("BookAppointment", wanted("Boyle", "09:00", "Baker"))
        await servers.postgres.kill()
        id = await lab.send("BookAppointment", wanted("Boyle", "10:00", "Baker"))
        await servers.postgres.start()
        assert (await lab.answered(id)).accepted


async def _record(house: Commanded, id: str) -> "ConsumerRecord[bytes, bytes]":
    async def found() -> "ConsumerRecord[bytes, bytes] | None":
        records = await read_topics(house.front.environment.kafka, topics_of_system("lab")[:1])
        return next((r for r in records if dict(r.headers)["ce_id"] == id.encode()), None)

    record: ConsumerRecord[bytes, bytes] = await eventually(found)
    assert dict(record.headers)["ce_source"] == SOURCE.encode()
    return record


async def _lab(house: Commanded) -> System:
    connection = await house.front.environment.connect("booking")
    try:
        await connection.execute("SET search_path TO systems")
        return (await find_systems(connection, ["lab"]))["lab"]
    finally:
        await connection.close()


async def test_answers_are_numbered_without_a_gap_whatever_they_say(house: Commanded) -> None:
    """Accepted, refused and poison, of one batch and of several, after crashes and restarts."""
    lab, wanted = house.lab, house.front.wanted
    async with house.consumer():
        ids = [await lab.send("BookAppointment", wanted("Boyle", f"{9 + n}:30", "Baker")) for n in range(4)]
        ids += [await lab.send(name, {}) for name in ("Dance", "BookAppointment", "ConfirmAppointment")]
        for id in ids:
            await lab.answered(id)
    answers = [answers[0].headers for answers in lab.answers.values()]
    assert {each["ce_source"].rpartition("/booking/")[2] for each in answers} == {"command-results/lab"}
    placed = sorted((int(each["ce_sequence"]), int(each["ce_position"])) for each in answers)
    assert [number for number, _ in placed] == list(range(1, len(answers) + 1))
    positions = [position for _, position in placed]
    assert positions == sorted(positions)
    assert positions[-1] > positions[0]
