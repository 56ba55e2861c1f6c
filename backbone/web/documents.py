"""``/schemas/...``: the published documents, so that what a record names as its schema can be fetched."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Header
from starlette.responses import Response

from backbone.web.calling import public
from backbone.web.problems import Problem

__all__ = ["Document", "document_routes", "read_documents"]

_KINDS: Final = (
    ("events/*.json", "application/schema+json"),
    ("commands/*.json", "application/schema+json"),
    ("asyncapi.yaml", "application/yaml"),
    ("openapi.json", "application/json"),
)
"""What is given out, and as what; nothing else in the folder is."""
_KEEP: Final = "public, max-age=300"
"""A schema grows at most by what its readers may ignore, so an old copy does no harm."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document, whole, with a strong entity tag of its bytes."""

    content: bytes
    media_type: str
    etag: str


def read_documents(folder: Path, committed_for: str, source: str) -> dict[str, Document]:
    """The documents below ``folder``, by their path there.

    ``committed_for``: the installation that the files speak of; ``source``: the one that gives them out.
    """
    root, ours = committed_for.rstrip("/").encode(), source.rstrip("/").encode()
    return {
        path.relative_to(folder).as_posix(): _document(path.read_bytes().replace(root, ours), media_type)
        for path, media_type in _files(folder)
    }


def document_routes(documents: dict[str, Document]) -> APIRouter:
    """Routes open to all. A path is looked up, never joined to a folder's."""
    router = APIRouter(dependencies=[public], include_in_schema=False)

    @router.get("/schemas/{path:path}")
    async def document(path: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        found = documents.get(path)
        if found is None:
            raise Problem("not-found")
        headers = {"ETag": found.etag, "Cache-Control": _KEEP}
        if if_none_match is not None and _names(if_none_match, found.etag):
            return Response(status_code=304, headers=headers)
        return Response(found.content, headers=headers, media_type=found.media_type)

    return router


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for pattern, media_type in _KINDS:
        for path in sorted(folder.glob(pattern)):
            yield path, media_type


def _document(content: bytes, media_type: str) -> Document:
    return Document(content, media_type, f'"{sha256(content).hexdigest()[:32]}"')


def _names(if_none_match: str, etag: str) -> bool:
    """RFC 9110, 13.1.2: by weak comparison, which also takes what a proxy has compressed."""
    given = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in given or etag in given
