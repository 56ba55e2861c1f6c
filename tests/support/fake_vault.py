"""A Vault's transit engine, so far as wrapping needs it; answers as OpenBao 2.7.2 was seen to.

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


MOST_STRINGS = 1_000
"""In one body, names counted (``max_request_json_strings``)."""


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
        if _strings(body) > MOST_STRINGS:
            return JSONResponse({"errors": ["refused JSON input due to high complexity"]}, 400)
        match request.method, path:
            case "GET", "keys/almanac":
                return self._key()
            case "POST", "keys/almanac/rotate":
                self.versions.append(os.urandom(32))
                return self._key()
            case "POST", "keys/almanac/config":
                if body["min_decryption_version"] > len(self.versions):
                    return JSONResponse({"errors": ["cannot set min decryption version"]}, 400)
                self.min_decryption_version = body["min_decryption_version"]
                return self._key()
            case "POST", "encrypt/almanac":
                return self._batch([self._encrypt(one) for one in body["batch_input"]])
            case "POST", "decrypt/almanac":
                return self._batch([self._decrypt(one) for one in body["batch_input"]])
        return JSONResponse({"errors": []}, 404)

    def _key(self) -> Response:
        known = {
            "type": "aes256-gcm96",
            "latest_version": len(self.versions),
            "min_decryption_version": self.min_decryption_version,
            "min_encryption_version": 0,
            "keys": {str(n): 0 for n in range(self.min_decryption_version, len(self.versions) + 1)},
        }
        return JSONResponse({"data": known})

    @staticmethod
    def _batch(results: list[dict[str, Any]]) -> Response:
        failed = any("error" in one for one in results)
        return JSONResponse({"data": {"batch_results": results}}, 400 if failed else 200)

    def _encrypt(self, one: dict[str, Any]) -> dict[str, Any]:
        version, nonce = one["key_version"], os.urandom(12)
        if not self.min_decryption_version <= version <= len(self.versions):
            return {"error": "no such key version", "reference": ""}
        cipher = AESGCM(self.versions[version - 1])
        text = nonce + cipher.encrypt(nonce, b64decode(one["plaintext"]), b64decode(one["associated_data"]))
        return {"ciphertext": f"vault:v{version}:{b64encode(text).decode()}", "key_version": version}

    def _decrypt(self, one: dict[str, Any]) -> dict[str, Any]:
        _, version, text = one["ciphertext"].split(":")
        number, raw = int(version[1:]), b64decode(text)
        if number < self.min_decryption_version:
            return _failed("ciphertext or signature version is disallowed by policy (too old)")
        if number > len(self.versions):
            return _failed("invalid ciphertext: version is too new")
        try:
            plain = AESGCM(self.versions[number - 1]).decrypt(
                raw[:12], raw[12:], b64decode(one["associated_data"])
            )
        except InvalidTag:
            return _failed("cipher: message authentication failed")
        return {"plaintext": b64encode(plain).decode(), "reference": ""}


def _failed(why: str) -> dict[str, Any]:
    return {"plaintext": "", "error": why, "reference": ""}


def _strings(node: Any) -> int:
    if isinstance(node, dict):
        return len(node) + sum(_strings(value) for value in node.values())
    if isinstance(node, list):
        return sum(_strings(value) for value in node)
    return isinstance(node, str)
