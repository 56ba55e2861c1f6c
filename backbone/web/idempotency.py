"""The name of one attempt: who, where, the key, and a keyed hash of what was sent and by which rights."""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from uuid import UUID

from pydantic_core import to_json
from starlette.requests import Request

from backbone.store.decision import IdempotencyKey
from backbone.web.caller import Identity, Role
from backbone.web.headers import header_of
from backbone.web.problems import Problem

__all__ = ["idempotency_key"]

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


async def idempotency_key(
    request: Request, identity: Identity, fingerprint_key: bytes
) -> IdempotencyKey | None:
    """The key of a request that has the header ``Idempotency-Key``; None where it has none.

    The fingerprint is keyed, because a plain hash of a small body (a name and a birth date) could be guessed.
    The rights of the token are part of it, because a kept answer is repeated without checking rights again:
    what was answered to a token with wider rights must not be repeated to one with fewer.
    """
    given = header_of(request, b"idempotency-key")
    if given is None:
        return None
    # The IETF draft writes it as a quoted string, most clients as a bare one: both name the same attempt.
    key = given[1:-1] if len(given) > 2 and given[0] == given[-1] == '"' else given
    if _KEY.fullmatch(key) is None:
        raise Problem("invalid", "Idempotency-Key is 1 to 255 visible ASCII characters.")
    rights = _rights(identity.roles, identity.facility_ids, identity.patient_ids)
    fingerprint = blake2b(await request.body(), digest_size=16, key=fingerprint_key, person=rights).digest()
    return IdempotencyKey(f"{identity.subject} {request.method} {request.scope['path']}", key, fingerprint)


@lru_cache(maxsize=1024)
def _rights(
    roles: frozenset[Role], facility_ids: frozenset[UUID] | None, patient_ids: frozenset[UUID]
) -> bytes:
    """All that a token allows, in 16 bytes, alike in every process."""
    named = [sorted(roles), None if facility_ids is None else sorted(facility_ids), sorted(patient_ids)]
    return blake2b(to_json(named), digest_size=blake2b.PERSON_SIZE).digest()
