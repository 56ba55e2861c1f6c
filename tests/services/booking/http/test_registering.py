"""A registration that comes to nothing, or comes again, leaves no key behind."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.services.booking.serving import Front

pytestmark = pytest.mark.asyncio(loop_scope="module")

KLEIN = {"family_name": "Klein", "given_names": "Kim", "birth_date": "1990-02-28"}


async def keys(front: Front) -> int:
    connection = await front.environment.connect("vault")
    try:
        counted: int = await connection.fetchval("SELECT count(*) FROM vault.data_key")
        return counted
    finally:
        await connection.close()


def attempt(front: Front, key: str, **other: Any) -> Any:
    return front.post("/v1/patients", KLEIN | other, headers={"Idempotency-Key": key})


async def test_the_same_request_again_gets_the_same_patient_and_makes_no_key(front: Front) -> None:
    key = str(uuid4())
    first = await attempt(front, key)
    assert first["_status"] == 201
    before = await keys(front)
    again = await attempt(front, key)
    assert (again["_status"], again["patient_id"]) == (201, first["patient_id"])
    assert await keys(front) == before
    assert (await front.get(f"/v1/patients/{first['patient_id']}"))["family_name"] == "Klein"


async def test_sent_many_times_at_once_one_key_is_left(front: Front) -> None:
    key, before = str(uuid4()), await keys(front)
    answers = await asyncio.gather(*(attempt(front, key) for _ in range(8)))
    assert len({answer["patient_id"] for answer in answers}) == 1
    assert await keys(front) == before + 1
    assert (await front.get(f"/v1/patients/{answers[0]['patient_id']}"))["family_name"] == "Klein"


async def test_a_refused_registration_leaves_no_key(front: Front) -> None:
    key = str(uuid4())
    await attempt(front, key)
    before = await keys(front)
    assert (await attempt(front, key, given_names="Kay"))["_status"] == 422
    assert await keys(front) == before
