"""The gate from the settings: whose tokens are taken, with which secrets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from backbone.clock import Clock
from backbone.privacy.keyfile import RootKey
from backbone.privacy.privacy import Privacy
from backbone.settings import Settings
from backbone.web.calling import Gate
from backbone.web.devtokens import dev_issuer
from backbone.web.discovery import DiscoveredKeys
from backbone.web.rates import Rates
from backbone.web.tokens import TokenVerifier, TrustedIssuer

__all__ = ["open_gate"]


@asynccontextmanager
async def open_gate(
    settings: Settings, root: RootKey, privacy: Privacy | None, clock: Clock, data_dir: Path | None = None
) -> AsyncIterator[Gate]:
    """The gate for as long as it is open. Without an issuer configured and outside development mode nobody
    has a token that is taken.

    ``clock``: the real one, also where a demo's clock runs faster: tokens expire in real time. ``data_dir``:
    where the development key lies; needed in development mode only.
    """
    async with httpx.AsyncClient(timeout=5.0, follow_redirects=False) as http:
        issuers: list[TrustedIssuer] = []
        if settings.oidc_issuer is not None:
            if settings.oidc_audience is None:
                raise ValueError("ALMANAC_OIDC_AUDIENCE must be set where ALMANAC_OIDC_ISSUER is")
            keys = DiscoveredKeys(settings.oidc_issuer, http)
            issuers.append(TrustedIssuer(settings.oidc_issuer, settings.oidc_audience, keys))
        if settings.dev:
            if data_dir is None:
                raise ValueError("development mode needs a data directory")
            issuers.append(dev_issuer(data_dir))
        verifier = TokenVerifier(issuers, root.derive("pseudonym"), clock)
        yield Gate(verifier, privacy, root.derive("idempotency-fingerprint"), Rates.of(settings))
