"""The name of one attempt: who, where, the key, and a keyed hash of what was sent."""

import re
from hashlib import blake2b
from typing import Final

from starlette.requests import Request

from backbone.store.decision import IdempotencyKey
from backbone.web.headers import header_of
from backbone.web.problems import Problem

__all__ = ["idempotency_key"]

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


async def idempotency_key(request: Request, subject: str, fingerprint_key: bytes) -> IdempotencyKey | None:
    """The key of a request that has the header ``Idempotency-Key``; None where it has none.

    The fingerprint is keyed, because a plain hash of a small body (a name and a birth date) could be guessed.
    """
    given = header_of(request, b"idempotency-key")
    if given is None:
        return None
    # The IETF draft writes it as a quoted string, most clients as a bare one: both name the same attempt.
    key = given[1:-1] if len(given) > 2 and given[0] == given[-1] == '"' else given
    if _KEY.fullmatch(key) is None:
        raise Problem("invalid", "Idempotency-Key is 1 to 255 visible ASCII characters.")
    fingerprint = blake2b(await request.body(), digest_size=16, key=fingerprint_key).digest()
    return IdempotencyKey(f"{subject} {request.method} {request.scope['path']}", key, fingerprint)
