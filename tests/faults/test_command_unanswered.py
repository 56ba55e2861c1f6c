"""kill -9 between a command's commit and its answer: it is answered after all, and not carried out again."""

import asyncio

import asyncpg
import pytest

from tests.chaos.clinic import SLOT, VISIT_TYPE
from tests.chaos.house import House
from tests.chaos.ledger import Change
from tests.chaos.neighbour import neighbour
from tests.chaos.ordeal import Ordeal
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="package")

BACK_SECONDS = 60.0
ANSWER = b"almanac.command-results.Accepted"

CARRIED_OUT = "SELECT count(*) FROM stored_events WHERE meta->>'causation_id' = $1"


@pytest.mark.parametrize("heard", [False, True], ids=["answer lost", "answer on Kafka, sender never told so"])
async def test_it_is_answered_once_in_effect_and_done_once(under: Ordeal, heard: bool) -> None:
    house, line, clinic = under.house, under.house.line, under.load.clinic
    # After all that the load books, but within what is judged.
    wanted = {
        "visit_type": VISIT_TYPE,
        "patient_id": clinic.patients[heard],
        "starts_at": (clinic.first + (clinic.slots + 4) * SLOT).isoformat(),
        "resource_ids": [clinic.providers[heard], clinic.rooms[heard]],
    }
    async with neighbour(house, f"lab-{heard}".lower()) as lab:
        if heard:
            line.swallows_after = lambda data: ANSWER in data
        else:
            line.swallows_before = lambda data: ANSWER in data
        try:
            id = await lab.send("BookAppointment", wanted)
            await eventually(lambda: not line.open.is_set(), within=BACK_SECONDS)
            assert await _carried_out(house, id) == 1
            # Whichever of the two has it; the other one would take over.
            await asyncio.gather(*(house.victims[name].kill() for name in ("relay", "standby")))
            under.say("killed with an answer on its way")
        finally:
            line.swallows_before = line.swallows_after = lambda _: False
            line.breaks()
            line.opens()
        times = 2 if heard else 1
        await eventually(lambda: len(lab.answers.get(id, ())) >= times, within=BACK_SECONDS)
        told = await lab.answered(id, times)
        assert told.accepted, told.body
        under.load.ledger.changes.append(Change.told("book", told.body))
        await lab.send("BookAppointment", wanted, id=id)
        await lab.answered(id, times + 1)
        assert len(lab.answers[id]) == times + 1
    assert await _carried_out(house, id) == 1
    await under.load.until_visible()


async def _carried_out(house: House, id: str) -> int:
    connection = await asyncpg.connect(
        house.database_urls["booking"], server_settings={"search_path": "booking"}
    )
    try:
        return int(await connection.fetchval(CARRIED_OUT, id))
    finally:
        await connection.close()
