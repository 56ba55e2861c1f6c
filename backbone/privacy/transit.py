"""Key-encryption keys in HashiCorp Vault (or OpenBao): its transit engine wraps, and no key leaves it.

One named key of type ``aes256-gcm96``; each of its versions is a key-encryption key of ours, named
``vault:<mount>/<key>:<version>``. The subject is the associated data, so a wrapped key moved to another
subject does not unwrap. API: https://developer.hashicorp.com/vault/api-docs/secret/transit.
"""

import logging
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx

from backbone.privacy.errors import KeyServiceError, SealBrokenError
from backbone.privacy.wrapping import SubjectKey

__all__ = ["TransitWrapper"]

log = logging.getLogger(__name__)

KIND: Final = "vault:"
MOST_AT_ONCE: Final = 100
"""Data keys in one request. OpenBao refuses a body of more than 1,000 strings (``max_request_json_strings``),
and a data key has five, names counted."""


class TransitWrapper:
    """Wraps by a transit key. ``http`` has Vault's address, trust and time limit."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        key: str,
        *,
        mount: str = "transit",
        token_file: Path,
        namespace: str | None = None,
    ) -> None:
        """``token_file``: read for each call; Vault's agent puts a new token there before one ends."""
        self._http = http
        self._mount = mount
        self._key = key
        self._token_file = token_file
        self._namespace = namespace
        self._prefix = f"{KIND}{mount}/{key}:"

    def has(self, name: str) -> bool:
        return name.startswith(self._prefix)

    async def names(self) -> Sequence[str]:
        """The versions that may still decrypt."""
        known = await self._ask("GET", f"keys/{self._key}")
        first, last = known["min_decryption_version"], known["latest_version"]
        return [f"{self._prefix}{version}" for version in range(max(first, 1), last + 1)]

    async def wrap(self, name: str, keys: Sequence[SubjectKey]) -> list[bytes]:
        version = self._version(name)
        batch = [
            {
                "plaintext": b64encode(key).decode(),
                "associated_data": b64encode(subject.bytes).decode(),
                "key_version": version,
            }
            for subject, key in keys
        ]
        texts = await self._batches("encrypt", batch, "ciphertext")
        if None in texts:
            raise self._away("it doesn't wrap by this version")
        return [str(text).encode() for text in texts]

    async def unwrap(self, name: str, wrapped: Sequence[SubjectKey]) -> list[bytes]:
        marked = f"vault:v{self._version(name)}:".encode()
        if not all(text.startswith(marked) for _, text in wrapped):
            raise SealBrokenError("a data key was wrapped by another key")
        batch = [
            {"ciphertext": text.decode(), "associated_data": b64encode(subject.bytes).decode()}
            for subject, text in wrapped
        ]
        try:
            texts = await self._batches("decrypt", batch, "plaintext")
            if None in texts:
                raise SealBrokenError("a data key was wrapped by another key, or for another subject")
            return [b64decode(str(text), validate=True) for text in texts]
        except Base64Error:
            raise SealBrokenError("what Vault unwrapped is no key") from None

    async def next_after(self, used: Set[str]) -> str | None:
        """The newest version, unless it was used; any that Vault made by itself before it are skipped."""
        newest = (await self.names())[-1]
        return None if newest in used else newest

    async def make(self, now: datetime) -> str:
        del now  # Vault notes the time itself
        await self._ask("POST", f"keys/{self._key}/rotate", {})
        return (await self.names())[-1]

    async def remove(self, name: str) -> None:
        """Versions go in their order only: this one, and all before it, can't decrypt any more."""
        body = {"min_decryption_version": self._version(name) + 1}
        await self._ask("POST", f"keys/{self._key}/config", body)

    def _version(self, name: str) -> int:
        return int(name.removeprefix(self._prefix))

    async def _batches(self, verb: str, batch: Sequence[Mapping[str, Any]], field: str) -> list[str | None]:
        """In the batch's order; None for each that failed. Why is not told: the text is Vault's, not ours."""
        found: list[str | None] = []
        for at in range(0, len(batch), MOST_AT_ONCE):
            body = {"batch_input": batch[at : at + MOST_AT_ONCE]}
            answer = await self._ask("POST", f"{verb}/{self._key}", body)
            results = answer.get("batch_results") or []
            if len(results) != len(body["batch_input"]):
                raise self._away("not all were answered")
            # OpenBao gives one that failed an empty field beside its error.
            found += [None if one.get("error") else one.get(field) or None for one in results]
        return found

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            headers = {"X-Vault-Token": self._token_file.read_text().strip(), "X-Vault-Request": "true"}
            if self._namespace is not None:
                headers["X-Vault-Namespace"] = self._namespace
            url = f"/v1/{self._mount}/{path}"
            answer = await self._http.request(method, url, json=body, headers=headers)
            told = answer.json() if answer.content else {}
        except (OSError, httpx.HTTPError, ValueError) as error:
            raise self._away(type(error).__name__) from None
        data = told.get("data") if isinstance(told, dict) else None
        if answer.status_code == 400 and isinstance(data, dict) and "batch_results" in data:
            return data  # some of a batch failed: each result says whether it did
        if answer.status_code not in (200, 204):
            raise self._away(str(answer.status_code))
        return data if isinstance(data, dict) else {}

    @staticmethod
    def _away(reason: str) -> KeyServiceError:
        log.warning("the key service does not answer", extra={"reason": reason})
        return KeyServiceError(f"the key service does not answer ({reason})")
