"""A HashiCorp Vault as its API documentation describes the transit engine, so far as wrapping needs it.

https://developer.hashicorp.com/vault/api-docs/secret/transit: encrypt and decrypt in batches with
``associated_data`` and ``key_version``, rotate, read key, config; a token is needed.
"""

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backbone.privacy.transit import TransitWrapper

__all__ = ["FakeVault"]


@dataclass
class FakeVault:
    """One transit key, ``almanac``; tests look at ``asked`` and set ``away``."""

    token: str = "s.one"
    away: bool = False
    versions: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    min_decryption_version: int = 1
    asked: list[str] = field(default_factory=list)

    def wrapper(self, token_file: Path) -> TransitWrapper:
        """A client of it."""
        token_file.write_text(self.token + "\n")
        app = Starlette(routes=[Route("/v1/transit/{path:path}", self._answer, methods=["GET", "POST"])])
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8200")
        return TransitWrapper(http, "almanac", token_file=token_file)

    async def _answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.asked.append(f"{request.method} {path}")
        if self.away:
            return JSONResponse({"errors": ["Vault is sealed"]}, 503)
        if request.headers.get("x-vault-token") != self.token:
            return JSONResponse({"errors": ["permission denied"]}, 403)
        body: dict[str, Any] = await request.json() if request.method == "POST" else {}
        match request.method, path:
            case "GET", "keys/almanac":
                known = {
                    "type": "aes256-gcm96",
                    "latest_version": len(self.versions),
                    "min_decryption_version": self.min_decryption_version,
                    "min_encryption_version": 0,
                    "keys": {str(n): 0 for n in range(1, len(self.versions) + 1)},
                }
                return JSONResponse({"data": known})
            case "POST", "keys/almanac/rotate":
                self.versions.append(os.urandom(32))
                return Response(status_code=204)
            case "POST", "keys/almanac/config":
                self.min_decryption_version = body["min_decryption_version"]
                return Response(status_code=204)
            case "POST", "encrypt/almanac":
                return self._batch([self._encrypt(one) for one in body["batch_input"]])
            case "POST", "decrypt/almanac":
                return self._batch([self._decrypt(one) for one in body["batch_input"]])
        return JSONResponse({"errors": []}, 404)

    @staticmethod
    def _batch(results: list[dict[str, Any]]) -> Response:
        failed = any("error" in one for one in results)
        return JSONResponse({"data": {"batch_results": results}}, 400 if failed else 200)

    def _encrypt(self, one: dict[str, Any]) -> dict[str, Any]:
        version, nonce = one["key_version"], os.urandom(12)
        cipher = AESGCM(self.versions[version - 1])
        text = nonce + cipher.encrypt(nonce, b64decode(one["plaintext"]), b64decode(one["associated_data"]))
        return {"ciphertext": f"vault:v{version}:{b64encode(text).decode()}", "key_version": version}

    def _decrypt(self, one: dict[str, Any]) -> dict[str, Any]:
        _, version, text = one["ciphertext"].split(":")
        number, raw = int(version[1:]), b64decode(text)
        if number < self.min_decryption_version:
            return {"error": "ciphertext or signature version is disallowed by policy (too old)"}
        try:
            plain = AESGCM(self.versions[number - 1]).decrypt(
                raw[:12], raw[12:], b64decode(one["associated_data"])
            )
        except InvalidTag:
            return {"error": "cipher: message authentication failed"}
        return {"plaintext": b64encode(plain).decode()}
