"""What binds registered systems to their topics holds on a broker with an authorizer, as it is printed."""

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError

from backbone.commanding.naming import command_topic, result_topic, topics_of_system
from backbone.embedded.postgres import EmbeddedPostgres
from backbone.projecting.engine import projection_pool
from backbone.projecting.positions import decode_position
from backbone.projecting.reading import wait_until
from services.booking.service import BookingService
from services.projections.calendars.projection import Calendars
from tests.guarded.attempts import allowed, delete, make, read, seen, transact, write
from tests.guarded.house import SYSTEMS, House, open_house
from tests.support.guarded_kafka import ADMIN, GuardedKafka
from tests.support.on_kafka import read_topics
from tests.support.servers import fresh_database
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
OTHERS = [("lab", "billing"), ("billing", "lab")]
COMMANDS, RESULTS = "almanac.commands.", "almanac.command-results."
EVENTS = [topic.name for topic in BookingService.topics]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    postgres_server: EmbeddedPostgres, guarded: GuardedKafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("guarded")
    async with (
        fresh_database(postgres_server) as url,
        open_house(url, guarded, f"t{secrets.token_hex(4)}.", folder) as opened,
    ):
        for name in SYSTEMS:
            async with opened.system(name) as system:
                # An answer to read, for whoever may.
                await system.ask("Dance", {})
        yield opened


@pytest.mark.parametrize("name", SYSTEMS)
async def test_a_command_goes_all_the_way_and_comes_back(house: House, name: str) -> None:
    """Everybody as a user of its own: the system, booking, patient flow, projections."""
    clock_time = f"{9 + SYSTEMS.index(name):02}:00"
    async with house.system(name) as system:
        booked = await system.accepted("BookAppointment", house.front.wanted("Alba", clock_time))
        taken = await system.refused("BookAppointment", house.front.wanted("Alba", clock_time))
        await system.accepted("ReportDelay", {"resource_id": house.front.ids["Adams"], "minutes": 10})
        nonsense = await system.send("Dance", {})
        assert not (await system.answered(nonsense)).accepted
    assert taken == "slot-taken"
    url = house.front.environment.database_urls["booking"]
    async with await projection_pool(url, "projections") as pool:
        await wait_until(pool, Calendars, decode_position(booked["position"]), within=15)
    assert any(dict(letter.headers)["ce_id"] == nonsense.encode() for letter in await _letters(house, name))


@pytest.mark.parametrize(("name", "other"), OTHERS)
async def test_a_system_has_its_own_two_topics_and_nothing_else(house: House, name: str, other: str) -> None:
    kafka = house.kafka(name)
    assert await seen(kafka) == {command_topic(name), result_topic(name)}
    assert await allowed(read(kafka, result_topic(name)))
    assert await allowed(read(kafka, result_topic(name), group=f"{name}.answers"))
    assert not await allowed(read(kafka, command_topic(name)))
    assert not await allowed(write(kafka, result_topic(name)))
    for topic in (command_topic(other), result_topic(other), f"{command_topic(name)}.dead-letter", *EVENTS):
        assert not await allowed(write(kafka, topic)), topic
        assert not await allowed(read(kafka, topic)), topic
    for topic in (command_topic("another"), result_topic("another"), f"{name}.own"):
        assert not await allowed(make(kafka, topic)), topic
    assert not await allowed(delete(kafka, command_topic(name)))


@pytest.mark.parametrize(("name", "other"), OTHERS)
async def test_nor_others_groups_and_transactions(house: House, name: str, other: str) -> None:
    kafka, own = house.kafka(name), result_topic(name)
    # Names may begin alike: what is another's must not be told by that.
    for group in (f"{other}.answers", name, f"{name}-2.answers", "almanac.booking.commands"):
        assert not await allowed(read(kafka, own, group=group)), group
    for transactional_id in ("almanac-relay-booking-0", name, f"{name}.own", other):
        assert not await allowed(transact(kafka, transactional_id)), transactional_id


async def test_an_idempotent_producer_is_let_write_its_commands(house: House) -> None:
    assert await allowed(write(house.kafka("lab"), command_topic("lab"), idempotent=True))
    assert not await allowed(write(house.kafka("stranger"), command_topic("lab"), idempotent=True))


@pytest.mark.parametrize("nobody", [None, "stranger"])
async def test_nobody_may_do_anything(house: House, nobody: str | None) -> None:
    """Whether they did not log in or have no rights."""
    kafka = house.kafka(nobody)
    assert await seen(kafka) == set()
    for topic in (command_topic("lab"), result_topic("lab"), EVENTS[0]):
        assert not await allowed(write(kafka, topic)), topic
        assert not await allowed(read(kafka, topic)), topic
    assert not await allowed(make(kafka, "anything"))
    assert not await allowed(transact(kafka, "almanac-relay-booking-0"))


async def test_without_the_password_nobody_gets_in(house: House) -> None:
    right = house.kafka("lab")
    for wrong in (replace(right, sasl_password="guessed"), replace(right, security_protocol="PLAINTEXT")):
        with pytest.raises(KafkaError):
            await write(wrong, command_topic("lab"))


async def test_services_have_no_more_than_they_need(house: House) -> None:
    assert not await allowed(write(house.kafka("projections"), EVENTS[0]))
    assert not await allowed(write(house.kafka("booking"), "almanac.patient-flow.delays"))
    assert not await allowed(read(house.kafka("projections"), result_topic("lab")))
    assert not await allowed(read(house.kafka("booking"), result_topic("lab")))
    assert not await allowed(transact(house.kafka("patient-flow"), "almanac-relay-booking-0"))
    for name in ("booking", "patient-flow", "projections"):
        assert not await allowed(make(house.kafka(name), "almanac.booking.more")), name
        assert not await allowed(delete(house.kafka(name), EVENTS[0])), name


async def _letters(house: House, name: str) -> Sequence["ConsumerRecord[bytes, bytes]"]:
    """Dead letters of its commands, once there are any."""
    letters: Sequence[ConsumerRecord[bytes, bytes]] = await eventually(
        lambda: read_topics(house.kafka(ADMIN), topics_of_system(name)[2:])
    )
    return letters


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        (COMMANDS, "booking's consumer of commands waits: Kafka hides {prefix}almanac.commands.billing, "),
        (
            RESULTS,
            "booking's answers to commands waits: Kafka hides {prefix}almanac.command-results.lab from",
        ),
    ],
)
async def test_commands_without_their_rights_are_said_to_wait_and_answered_once_they_have_them(
    house: House, caplog: pytest.LogCaptureFixture, topic: str, said: str
) -> None:
    (line,) = (line for line in house.acls["booking"] if line.endswith(f"--topic {house.prefix}{topic}"))
    await house.guarded.withdraw([line])
    try:
        async with house.system("lab") as lab:
            id = await lab.send("Dance", {})
            alarm = said.format(prefix=house.prefix)
            await eventually(lambda: alarm in caplog.text, within=15)
            assert id not in lab.answers
            await house.guarded.allow([line])
            assert not (await lab.answered(id)).accepted
    finally:
        await house.guarded.allow([line])
    assert caplog.text.count(alarm) == 1, "said once"
