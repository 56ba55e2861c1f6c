"""The key-encryption keys that the settings lead to."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx

from backbone.network import is_loopback
from backbone.privacy.errors import KeyFileError
from backbone.privacy.keyring import KeyRing
from backbone.privacy.transit import TransitWrapper
from backbone.privacy.wrapping import FileWrapper, KeyWrapper, Wrappers
from backbone.settings import Settings

__all__ = ["open_wrapper"]


@asynccontextmanager
async def open_wrapper(settings: Settings, ring: KeyRing) -> AsyncIterator[KeyWrapper]:
    """Those of Vault where it is configured, and of the key file in any case: what it wrapped before must be
    unwrapped until it is rotated. ``KeyFileError`` where the settings do not fit together."""
    url, file = settings.key_vault_url, FileWrapper(ring)
    if url is None:
        yield file
        return
    if settings.key_vault_token_file is None:
        raise KeyFileError("ALMANAC_KEY_VAULT_TOKEN_FILE must be set where ALMANAC_KEY_VAULT_URL is")
    if urlsplit(url).scheme != "https" and not is_loopback(urlsplit(url).hostname or ""):
        raise KeyFileError("ALMANAC_KEY_VAULT_URL must be https")
    trust = ssl.create_default_context(cafile=settings.key_vault_ca_file)
    seconds = settings.key_vault_timeout_seconds
    async with httpx.AsyncClient(base_url=url, timeout=seconds, verify=trust, trust_env=False) as http:
        vault = TransitWrapper(
            http,
            settings.key_vault_key,
            mount=settings.key_vault_mount,
            token_file=settings.key_vault_token_file,
            namespace=settings.key_vault_namespace,
        )
        yield Wrappers(vault, file)
