"""``GET /v1/keys``: the key to which other systems encrypt what identifies a patient."""

from fastapi import APIRouter
from starlette.responses import Response

from backbone.commanding.keys import CommandKeys
from backbone.web.answers import json_answer
from backbone.web.calling import public

__all__ = ["key_routes"]


def key_routes(keys: CommandKeys) -> APIRouter:
    """Its route."""
    routes = APIRouter(tags=["commands"], dependencies=[public])

    @routes.get("/v1/keys")
    async def read_keys() -> Response:
        """A JSON Web Key Set (RFC 7517). Encrypt with ECDH-ES and A256GCM, each text by itself, and name the
        key's ``kid``. Anybody may read it: what it closes, only Almanac opens."""
        return json_answer(keys.published(), headers={"Cache-Control": "max-age=300"})

    return routes
