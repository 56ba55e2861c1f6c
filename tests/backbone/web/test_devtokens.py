"""Tokens of one's own, for development: they hold on their own data directory and nowhere else."""

from pathlib import Path
from uuid import UUID

import jwt
import pytest

from backbone.clock import ManualClock
from backbone.web.devtokens import DEV_AUDIENCE, DEV_ISSUER, dev_issuer, issue_dev_token
from backbone.web.keys import FixedKeys
from backbone.web.tokens import TokenRejectedError, TokenVerifier, TrustedIssuer


async def test_development_tokens_hold_on_their_own_data_directory(
    tmp_path: Path, clock: ManualClock
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    token = issue_dev_token(one, ["front-desk"], clock, subject="s", facility_ids=[UUID(int=1)])
    identity = await TokenVerifier([dev_issuer(one)], b"p" * 32, clock).verify(token)
    assert sorted(identity.roles) == ["front-desk"]
    assert identity.facility_ids == frozenset((UUID(int=1),))
    assert (one / "dev-token-key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(TokenRejectedError):
        await TokenVerifier([dev_issuer(other)], b"p" * 32, clock).verify(token)
    production = TrustedIssuer("https://idp.example", "almanac", FixedKeys({}))
    with pytest.raises(TokenRejectedError, match="issuer"):
        await TokenVerifier([production], b"p" * 32, clock).verify(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"]) == (DEV_ISSUER, DEV_AUDIENCE)
