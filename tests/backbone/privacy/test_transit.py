"""Vault's transit engine as the key-encryption key: wraps, rotates, and is missed gracefully."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import AsyncMock
from uuid import uuid4

import httpx
import pytest

from backbone.clock import ManualClock
from backbone.privacy.assembly import open_wrapper
from backbone.privacy.database import Pool
from backbone.privacy.errors import KeyFileError, KeyServiceError, SealBrokenError
from backbone.privacy.keyring import KeyRing
from backbone.privacy.rotation import Rotation
from backbone.privacy.transit import TransitWrapper
from backbone.privacy.vault import Vault
from backbone.privacy.wrapping import FileWrapper, Wrappers
from backbone.settings import Settings
from tests.backbone.privacy.conftest import ROOT
from tests.support.fake_vault import FakeVault

FIRST = "vault:transit/almanac:1"


@pytest.fixture
def fake() -> FakeVault:
    return FakeVault()


@pytest.fixture
def transit(fake: FakeVault, tmp_path: Path) -> TransitWrapper:
    return fake.wrapper(tmp_path / "token")


async def test_what_it_wraps_it_unwraps_for_the_same_subject_only(
    fake: FakeVault, transit: TransitWrapper
) -> None:
    keys = [(uuid4(), bytes([n % 256]) * 32) for n in range(1100)]
    wrapped = await transit.wrap(FIRST, keys)
    assert all(text.startswith(b"vault:v1:") for text in wrapped)
    named = [(subject, text) for (subject, _), text in zip(keys, wrapped, strict=True)]
    assert await transit.unwrap(FIRST, named) == [key for _, key in keys]
    assert fake.asked == ["POST encrypt/almanac"] * 11 + ["POST decrypt/almanac"] * 11
    with pytest.raises(SealBrokenError):
        await transit.unwrap(FIRST, [*named[:3], (uuid4(), wrapped[0])])
    with pytest.raises(SealBrokenError):
        await transit.unwrap("vault:transit/almanac:2", named[:1])
    with pytest.raises(KeyServiceError):
        await transit.wrap("vault:transit/almanac:2", keys[:1])


async def test_from_the_file_into_vault_is_a_rotation(
    pool: Pool, clock: ManualClock, fake: FakeVault, transit: TransitWrapper
) -> None:
    file = FileWrapper(KeyRing(ROOT))
    subject = uuid4()
    sealed = (await Vault(pool, file, clock).create_key(subject)).seal("Smith", subject, 1, "family_name")
    both = Wrappers(transit, file)
    clock.advance(timedelta(minutes=1))
    rotation = Rotation(pool, both, clock)
    assert await rotation.rotate("a test") == FIRST
    clock.advance(timedelta(minutes=1))
    assert await rotation.rotate("a test") == "vault:transit/almanac:2"
    assert [key.wraps for key in await rotation.keys()] == [0, 0, 1]
    key = await Vault(pool, both, clock).key(subject)
    assert key.open(sealed, "family_name") == "Smith"
    await rotation.remove(FIRST)
    assert fake.min_decryption_version == 2
    assert await Vault(pool, both, clock).key(subject)
    with pytest.raises(KeyServiceError):  # without Vault's settings
        await Vault(pool, file, clock).key(subject)


async def test_a_key_that_vault_no_longer_opens_is_left_as_it_is(
    pool: Pool, clock: ManualClock, fake: FakeVault, transit: TransitWrapper
) -> None:
    """A version that still wraps was shut out by hand: a rotation must not write over what it can't read."""
    subject, later = uuid4(), uuid4()
    vault = Vault(pool, transit, clock)
    sealed = (await vault.create_key(subject)).seal("Smith", subject, 1, "family_name")
    clock.advance(timedelta(minutes=1))
    rotation = Rotation(pool, transit, clock)
    await rotation.begin("a test")
    await Vault(pool, transit, clock).create_key(later)
    fake.min_decryption_version = 2
    await rotation.finish()
    with pytest.raises(SealBrokenError):
        await Vault(pool, transit, clock).key(subject)
    fake.min_decryption_version = 1
    assert (await Vault(pool, transit, clock).key(subject)).open(sealed, "family_name") == "Smith"
    assert await Vault(pool, transit, clock).key(later)


async def test_a_rotation_keeps_no_other_key_than_was_made(
    pool: Pool, clock: ManualClock, transit: TransitWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = uuid4()
    await Vault(pool, transit, clock).create_key(subject)
    clock.advance(timedelta(minutes=1))
    with monkeypatch.context() as lying:
        lying.setattr(transit, "unwrap", AsyncMock(return_value=[bytes(32)]))
        await Rotation(pool, transit, clock).rotate("a test")
    assert await Vault(pool, transit, clock).key(subject)


async def test_while_it_is_away_known_patients_are_read_and_others_wait(
    pool: Pool, clock: ManualClock, fake: FakeVault, transit: TransitWrapper
) -> None:
    vault = Vault(pool, transit, clock)
    known, other = uuid4(), uuid4()
    await vault.create_key(known)
    await vault.create_key(other)
    vault.forget([other])
    fake.away = True
    assert await vault.key(known)
    with pytest.raises(KeyServiceError):
        await vault.key(other)
    with pytest.raises(KeyServiceError):
        await vault.create_key(uuid4())
    fake.away = False
    assert await vault.key(other)


async def test_a_new_token_in_the_file_counts_at_once(
    fake: FakeVault, transit: TransitWrapper, tmp_path: Path
) -> None:
    fake.token = "s.two"
    with pytest.raises(KeyServiceError, match="403"):
        await transit.names()
    (tmp_path / "token").write_text("s.two")
    assert await transit.names() == [FIRST]


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.Response(200, text="<html>")]
)
async def test_whatever_goes_wrong_on_the_way_is_unavailability(
    tmp_path: Path, failure: Exception | httpx.Response
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(failure, Exception):
            raise failure
        return failure

    (tmp_path / "token").write_text("s.one")
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://127.0.0.1:1")
    with pytest.raises(KeyServiceError):
        await TransitWrapper(http, "almanac", token_file=tmp_path / "token").wrap(FIRST, [(uuid4(), b"k")])


async def test_it_is_asked_over_https_only(tmp_path: Path) -> None:
    plain = Settings(key_vault_url="http://vault.example:8200", key_vault_token_file=tmp_path)
    with pytest.raises(KeyFileError, match="https"):
        async with open_wrapper(plain, KeyRing(ROOT)):
            pass
    without = Settings(key_vault_url="https://vault.example:8200")
    with pytest.raises(KeyFileError, match="TOKEN_FILE"):
        async with open_wrapper(without, KeyRing(ROOT)):
            pass
    settings = Settings(key_vault_url="https://vault.example:8200", key_vault_token_file=tmp_path)
    async with open_wrapper(settings, KeyRing(ROOT)) as wrapper:
        assert wrapper.has(FIRST)
        assert wrapper.has("file")
