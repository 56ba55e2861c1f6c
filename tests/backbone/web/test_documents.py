"""The published documents as they are given out."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Message

from backbone.cloudevents.encode import HeaderEncoder
from backbone.web.app import create_app
from backbone.web.documents import document_routes, read_documents
from cli.schemas import FOLDER
from cli.schemas.tree import read_documents as read_published
from tests.support.on_kafka import Log

COMMITTED, OURS = "https://almanac.example", "https://clinic.test/almanac/"
TYPE = "almanac.sample.PatientMoved.v1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "schemas"
    for path, text in {
        f"events/{TYPE}.json": f'{{"$id": "{COMMITTED}/schemas/events/{TYPE}.json"}}',
        "asyncapi.yaml": "asyncapi: 3.0.0",
        "openapi.json": "{}",
        "notes.txt": "not published",
        "released/openapi.json": "{}",
        f"released/events/{TYPE}.json": "{}",
        "../secret.json": "{}",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.fixture
def serving(app: FastAPI, folder: Path) -> FastAPI:
    routes = document_routes(read_documents(folder, COMMITTED, OURS))
    return create_app([routes], app.state.gate, registry=CollectorRegistry())


@pytest.fixture
async def reader(serving: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(serving)
    async with httpx.AsyncClient(transport=transport, base_url="https://clinic.test") as client:
        yield client


async def test_what_a_record_names_as_its_schema_can_be_fetched_without_a_token(
    reader: httpx.AsyncClient,
) -> None:
    headers = dict(HeaderEncoder(OURS).headers(Log().add("almanac.sample.stays", TYPE)))
    named = headers["ce_dataschema"].decode()
    answer = await reader.get(urlsplit(named).path.removeprefix("/almanac"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == {"$id": named}


async def test_the_whole_contract_is_there_too(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/schemas/asyncapi.yaml")
    assert (answer.text, answer.headers["content-type"].partition(";")[0]) == (
        "asyncapi: 3.0.0",
        "application/yaml",
    )
    assert (await reader.get("/schemas/openapi.json")).json() == {}


async def test_a_reader_that_has_it_is_told_so(reader: httpx.AsyncClient) -> None:
    first = await reader.get(f"/schemas/events/{TYPE}.json")
    assert "max-age" in first.headers["cache-control"]
    for given in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = await reader.get(f"/schemas/events/{TYPE}.json", headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    other = await reader.get(f"/schemas/events/{TYPE}.json", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "",
        "events",
        "events/",
        "events/almanac.sample.Unknown.v1.json",
        "notes.txt",
        "released/openapi.json",
        "../secret.json",
        "events/../../secret.json",
        "events/../asyncapi.yaml",
        "./asyncapi.yaml",
        "/asyncapi.yaml",
        "/etc/passwd",
        "events\\..\\asyncapi.yaml",
    ],
)
async def test_nothing_else_is_given_out(serving: FastAPI, path: str) -> None:
    """The path as a server hands it on, decoded; a client would have tidied it up."""
    answer = list[Message]()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "path": f"/schemas/{path}",
        "query_string": b"",
        "headers": [],
    }
    await serving(scope, receive, send)
    assert answer[0]["status"] == 404


def test_everything_that_is_published_is_given_out() -> None:
    published = {path for path in read_published(FOLDER) if not path.startswith("released/")}
    assert read_documents(FOLDER, COMMITTED, OURS).keys() == published
    asyncapi = (FOLDER / "asyncapi.yaml").read_text()
    assert set(re.findall(r"\./([a-z]+/[\w.-]+\.json)", asyncapi)) <= published
