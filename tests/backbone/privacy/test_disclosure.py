"""No plain text without a record; no record lost; erased and damaged texts harm nobody else."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from backbone.clock import ManualClock
from backbone.privacy.access import Access
from backbone.privacy.database import Pool
from backbone.privacy.disclosure import SealedRecord, Withheld, shown
from backbone.privacy.errors import VaultUnavailableError
from backbone.privacy.keyfile import RootKey
from backbone.privacy.privacy import Privacy, open_privacy
from tests.backbone.privacy.conftest import ROOT
from tests.support.waiting import eventually


async def sealed_patient(privacy: Privacy, family_name: str) -> SealedRecord:
    patient = uuid4()
    sealer = await privacy.new_sealer(patient)
    return SealedRecord(
        patient,
        {
            "family_name": sealer.seal(family_name, stream=patient, version=1, path="family_name"),
            "contacts[0].value": sealer.seal("+15551234", stream=patient, version=1, path="contacts.value"),
        },
    )


async def test_disclosed_texts_are_on_record(
    privacy: Privacy, access: Access, pool: Pool, clock: ManualClock
) -> None:
    record, also, facility = await sealed_patient(privacy, "Nguyễn"), uuid4(), uuid4()
    access = replace(access, facility_ids=(facility,), roles=("scheduler", 'odd "one", {two}\\'))
    texts = await privacy.disclose(access, [record], also=[also])
    assert texts == [{"family_name": "Nguyễn", "contacts[0].value": "+15551234"}]
    row = await pool.fetchrow("SELECT * FROM vault.access")
    assert row is not None
    assert row["position"] == 1
    assert row["actor_id"] == "u-7f3a"
    assert row["roles"] == ["scheduler", 'odd "one", {two}\\']
    assert (row["purpose"], row["action"], row["outcome"]) == ("TREAT", "patients.search", "disclosed")
    assert row["patient_ids"] == [record.subject, also]
    assert row["fields"] == ["contacts.value", "family_name"]
    assert row["facility_ids"] == [facility]
    assert (row["request_id"], row["occurred_at"], row["traceparent"]) == ("r-1", clock.now(), None)


async def test_nothing_is_disclosed_when_the_record_cannot_be_written(
    privacy: Privacy, access: Access, pool: Pool
) -> None:
    record = await sealed_patient(privacy, "Smith")
    await pool.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    await pool.execute("ALTER TABLE vault.access RENAME TO elsewhere")
    with pytest.raises(Exception, match=r"vault") as refused:
        await privacy.disclose(access, [record])
    assert "Smith" not in str(refused.value)


async def test_denials_are_on_record(privacy: Privacy, access: Access, pool: Pool) -> None:
    patient = uuid4()
    await privacy.record(access, "denied", [patient])
    row = await pool.fetchrow("SELECT outcome, patient_ids, fields FROM vault.access")
    assert row is not None
    assert tuple(row) == ("denied", [patient], [])


async def test_a_thousand_disclosures_at_once_are_recorded_gapless_in_few_commits(
    privacy: Privacy, access: Access, pool: Pool
) -> None:
    record = await sealed_patient(privacy, "Smith")
    answers = await asyncio.gather(
        *(privacy.disclose(replace(access, request_id=f"r-{n}"), [record]) for n in range(1000))
    )
    assert all(answer[0]["family_name"] == "Smith" for answer in answers)
    rows = await pool.fetch(
        "SELECT position, request_id, xmin::text AS x FROM vault.access ORDER BY position"
    )
    assert [row["position"] for row in rows] == list(range(1, 1001))
    assert {row["request_id"] for row in rows} == {f"r-{n}" for n in range(1000)}
    assert len({row["x"] for row in rows}) < 50


async def test_processes_that_record_at_once_share_one_gapless_order(
    vault_url: str, clock: ManualClock, access: Access, pool: Pool
) -> None:
    async with open_privacy(vault_url, ROOT, clock) as one, open_privacy(vault_url, ROOT, clock) as other:
        for _ in range(20):
            await asyncio.gather(
                *(privacy.record(access, "denied", [uuid4()]) for privacy in (one, other) for _ in range(5))
            )
    assert [row[0] for row in await pool.fetch("SELECT position FROM vault.access ORDER BY 1")] == list(
        range(1, 201)
    )


async def test_an_erased_patient_shows_as_erased_and_the_others_as_ever(
    privacy: Privacy, access: Access
) -> None:
    erased, other = await sealed_patient(privacy, "Gone"), await sealed_patient(privacy, "Here")
    await privacy.destroy_keys([erased.subject])
    first, second = await privacy.disclose(access, [erased, other])
    assert first["family_name"] is Withheld.ERASED
    assert shown(first["family_name"]) is None
    assert shown(second["family_name"]) == "Here"


async def test_a_key_destroyed_by_another_process_is_out_of_use_at_once(
    privacy: Privacy, access: Access, vault_url: str, clock: ManualClock
) -> None:
    record = await sealed_patient(privacy, "Gone")
    await privacy.disclose(access, [record])
    async with open_privacy(vault_url, ROOT, clock) as other:
        await other.destroy_keys([record.subject])
    assert (await privacy.disclose(access, [record]))[0]["family_name"] is Withheld.ERASED


async def test_a_text_moved_from_another_patient_is_unreadable_not_shown(
    privacy: Privacy, access: Access
) -> None:
    one, other = await sealed_patient(privacy, "One"), await sealed_patient(privacy, "Other")
    swapped = SealedRecord(one.subject, {"family_name": other.fields["family_name"]})
    texts = await privacy.disclose(access, [swapped, one])
    assert texts[0]["family_name"] is Withheld.UNREADABLE
    assert texts[1]["family_name"] == "One"


async def test_without_its_database_privacy_is_unavailable(clock: ManualClock, access: Access) -> None:
    async with open_privacy("postgresql://nobody@127.0.0.1:1/none", RootKey(bytes(32)), clock) as away:
        with pytest.raises(VaultUnavailableError):
            await away.record(access, "denied", [UUID(int=1)])


async def test_a_database_that_comes_back_is_used_again(privacy: Privacy, access: Access, pool: Pool) -> None:
    record = await sealed_patient(privacy, "Smith")
    await pool.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    async def disclosed() -> bool:
        try:
            return (await privacy.disclose(access, [record]))[0]["family_name"] == "Smith"
        except VaultUnavailableError:
            return False

    await eventually(disclosed, within=10)
