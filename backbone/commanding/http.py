"""``GET /v1/keys``: the key to which other systems encrypt what identifies a patient."""

from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from backbone.commanding.keys import CommandKeys
from backbone.web.answers import json_answer
from backbone.web.calling import public
from backbone.web.shapes import Shown

__all__ = ["key_routes"]


class PublishedKey(Shown):
    """A public key as RFC 7517 writes it."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    """Names it: in the ``kid`` of what is encrypted to it."""
    use: Literal["enc"]
    alg: str


class KeySet(Shown):
    """A JSON Web Key Set."""

    keys: tuple[PublishedKey, ...]


def key_routes(keys: CommandKeys) -> APIRouter:
    """Its route."""
    routes = APIRouter(tags=["commands"], dependencies=[public])

    @routes.get("/v1/keys", response_model=KeySet)
    async def read_keys() -> Response:
        """A JSON Web Key Set (RFC 7517). Encrypt to the first key (ECDH-ES, A256GCM), each text by itself,
        and name its ``kid``. Keys after it are older ones that still decrypt: fetch the set again every day.
        Anybody may read it: what it closes, only Almanac opens."""
        return json_answer(keys.published(), headers={"Cache-Control": "max-age=300"})

    return routes
