"""Somebody's consumer that knows version 1 only, while version 2 is recorded: it goes on, and catches up."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

import pytest
from pydantic import BaseModel

from backbone.projecting import Heard, Projection, Tables
from backbone.projecting.dead_letter_desk import list_dead_letters, request_retry
from backbone.projecting.engine import Engine, projection_pool
from backbone.projecting.listening import UNKNOWN_VERSION
from backbone.projecting.running import running
from services.booking.events.patients import PatientRegistered
from tests.schemas.consumers import assert_reads, committed_schema, misreadings
from tests.services.booking.patients.version_one import V1, V2, recorded_in_version_one
from tests.services.booking.serving import Front
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


class ContactOfOne(BaseModel):
    """What somebody else's consumer reads, since version 1."""

    relationship: str | None = None


class DetailsOfOne(BaseModel):
    """The same."""

    contacts: tuple[ContactOfOne, ...] = ()


class ContactOfTwo(BaseModel):
    """After its update."""

    relationship_code: str | None = None


class DetailsOfTwo(BaseModel):
    """The same."""

    contacts: tuple[ContactOfTwo, ...] = ()


class Relatives(Projection):
    """Somebody's view of who belongs to whom, which knows of version 1 only."""

    name = "relatives"
    topics = (PatientRegistered.kafka_topic,)
    hears: ClassVar = {V1: DetailsOfOne}
    tables = "CREATE TABLE relatives{g} (patient_id uuid PRIMARY KEY, words text NOT NULL);"

    async def fold(self, heard: Sequence[Heard], tables: Tables) -> None:
        def words(event: BaseModel) -> str:
            assert isinstance(event, DetailsOfOne | DetailsOfTwo)
            return ", ".join(
                str(c.relationship if isinstance(c, ContactOfOne) else c.relationship_code)
                for c in event.contacts
            )

        await tables.write(
            "INSERT INTO relatives{g} SELECT * FROM unnest($1::uuid[], $2::text[])",
            [(UUID(record.key), words(event)) for record, event in heard],
        )


class RelativesUpdated(Relatives):
    """The same after its update: both versions, as both stay on Kafka."""

    hears: ClassVar = {V1: DetailsOfOne, V2: DetailsOfTwo}


async def test_a_consumer_of_version_one_goes_on_and_catches_up_when_it_is_updated(front: Front) -> None:
    environment = front.environment

    async def known(patient: UUID | str) -> str | None:
        async with pool.acquire() as connection:
            if await connection.fetchval("SELECT to_regclass('relatives_g1')") is None:
                return None
            sql = "SELECT words FROM relatives_g1 WHERE patient_id = $1"
            found: str | None = await connection.fetchval(sql, UUID(str(patient)))
            return found

    pool = await projection_pool(environment.database_url("booking"), "booking")
    engine = Engine(pool, environment.kafka, "somebody", environment.privacy.letters)
    async with pool:
        async with running(engine, [Relatives()]):
            contacts = [{"channel": "sms", "value": "+1 212 555 0146", "relationship": "guardian"}]
            new = await front.patient("Mbeki", contacts=contacts)
            old = await recorded_in_version_one(front, "v1-2", "Mother")
            # Version 2 is set aside by name; what comes behind it, of others, is applied.
            assert await eventually(lambda: known(old)) == "Mother"
            letters = await eventually(lambda: list_dead_letters(engine, "relatives"))
            assert {(letter.ce_type, letter.error) for letter in letters} == {(V2, UNKNOWN_VERSION)}
            assert await known(new) is None
        async with running(engine, [RelativesUpdated()]):
            assert await request_retry(pool, projection="relatives") == len(letters)
            assert await eventually(lambda: known(new)) == "guardian"
        assert await list_dead_letters(engine, "relatives") == []
        assert await known(old) == "Mother"


async def test_both_versions_have_a_schema_and_each_reader_knows_which_it_can_read() -> None:
    assert_reads(DetailsOfOne, V1)
    assert_reads(DetailsOfTwo, V2)
    assert misreadings(DetailsOfOne, committed_schema(V2)) == ["contacts[].relationship: not there before"]
