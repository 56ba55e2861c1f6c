"""A route that shows a patient: on record before it answers; denials too; nothing without the vault."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from starlette.responses import Response

import backbone.privacy
from backbone.clock import ManualClock
from backbone.privacy.disclosure import SealedRecord, shown
from backbone.privacy.fields import FAMILY_NAME
from backbone.privacy.keyfile import RootKey
from backbone.privacy.privacy import Privacy, open_privacy
from backbone.privacy.sealed import Sealed
from backbone.settings import Settings
from backbone.store.migrating import migrate
from backbone.web.answers import json_answer
from backbone.web.app import create_app
from backbone.web.assembly import open_gate
from backbone.web.calling import Call, allow
from backbone.web.visibility import require_patient
from tests.backbone.web.conftest import TokenMaker

ROOT = RootKey(bytes(32))
MIGRATIONS = Path(backbone.privacy.__file__).parent / "migrations"


def routes(privacy: Privacy, patients: dict[UUID, Sealed]) -> APIRouter:
    router = APIRouter()

    @router.get("/v1/patients/{patient_id}")
    async def read(call: Annotated[Call, allow("scheduler", "patient")], patient_id: UUID) -> Response:
        await require_patient(privacy, call, "patients.read", patient_id)
        record = SealedRecord(patient_id, {FAMILY_NAME: patients[patient_id]})
        (texts,) = await privacy.disclose(call.access("patients.read"), [record])
        return json_answer({"family_name": shown(texts[FAMILY_NAME])})

    return router


@asynccontextmanager
async def serving(
    url: str, data: Path, clock: ManualClock, patients: dict[UUID, Sealed]
) -> AsyncIterator[tuple[httpx.AsyncClient, Privacy]]:
    async with (
        open_privacy(url, ROOT, clock) as privacy,
        open_gate(Settings(dev=True), ROOT, privacy, clock, data) as gate,
    ):
        app = create_app([routes(privacy, patients)], gate, registry=CollectorRegistry())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as http:
            yield http, privacy


@pytest.fixture
async def vault_url(database: str) -> str:
    await migrate(database, "vault", MIGRATIONS)
    return database


async def accesses(url: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT action, outcome, purpose, patient_ids, fields FROM vault.access ORDER BY position"
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


async def test_who_sees_a_patient_and_who_may_not_are_both_on_record(
    vault_url: str, tmp_path: Path, clock: ManualClock, bearer: TokenMaker
) -> None:
    patient, other = uuid4(), uuid4()
    patients: dict[UUID, Sealed] = {}
    async with serving(vault_url, tmp_path, clock, patients) as (http, privacy):
        sealer = await privacy.new_sealer(patient)
        patients[patient] = sealer.seal("Smith", stream=patient, version=1, path=FAMILY_NAME)
        path = f"/v1/patients/{patient}"
        assert (await http.get(path, headers=bearer("scheduler"))).json() == {"family_name": "Smith"}
        mine = await http.get(path, headers=bearer("patient", patient_ids=[patient]))
        assert mine.json() == {"family_name": "Smith"}
        foreign = await http.get(path, headers=bearer("patient", patient_ids=[other]))
        assert (foreign.status_code, foreign.json()["type"]) == (404, "/problems/not-found")
        assert (await http.get(path, headers=bearer("coder"))).status_code == 403
        asked = bearer("scheduler") | {"Purpose-Of-Use": "HRESCH"}
        assert (await http.get(path, headers=asked)).status_code == 403
        assert (await http.get(path)).status_code == 401
        await privacy.destroy_keys([patient])
        assert (await http.get(path, headers=bearer("scheduler"))).json() == {"family_name": None}
    route = "GET /v1/patients/{patient_id}"
    assert await accesses(vault_url) == [
        ("patients.read", "disclosed", "HOPERAT", [patient], ["family_name"]),
        ("patients.read", "disclosed", "PATRQT", [patient], ["family_name"]),
        ("patients.read", "denied", "PATRQT", [patient], []),
        (route, "denied", "HPAYMT", [], []),
        (route, "denied", "HRESCH", [], []),
        ("patients.read", "disclosed", "HOPERAT", [patient], ["family_name"]),
    ]


async def test_without_the_vault_nothing_is_shown_and_the_caller_may_come_back(
    tmp_path: Path, clock: ManualClock, bearer: TokenMaker
) -> None:
    patient = uuid4()
    away = "postgresql://nobody@127.0.0.1:1/none"
    async with serving(away, tmp_path, clock, {patient: Sealed("sealed1:x")}) as (http, _):
        response = await http.get(f"/v1/patients/{patient}", headers=bearer("scheduler"))
        assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")
        assert response.headers["retry-after"] == "1"
        assert (await http.get(f"/v1/patients/{patient}", headers=bearer("coder"))).status_code == 403


async def test_development_tokens_are_taken_in_development_only(
    tmp_path: Path, clock: ManualClock, bearer: TokenMaker
) -> None:
    headers = bearer("scheduler")
    async with open_gate(Settings(dev=False), ROOT, None, clock, tmp_path) as gate:
        app = create_app([], gate, registry=CollectorRegistry())
        assert not gate.verifier._issuers
        assert app.state.gate is gate
    assert headers


async def test_an_issuer_needs_an_audience(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="AUDIENCE"):
        async with open_gate(Settings(oidc_issuer="https://idp.example"), ROOT, None, clock):
            pass
