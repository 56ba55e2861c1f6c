"""The key for commands: the same in every process, published without its secret, strict in what it opens."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

from backbone.clock import ManualClock, SystemClock
from backbone.commanding.keys import OVERLAP, CommandKeys, NotDecryptable
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing

RING, CLOCK = KeyRing(RootKey(bytes(range(32)))), SystemClock()
HEADER = {"alg": "ECDH-ES", "enc": "A256GCM"}


@pytest.fixture
def keys() -> CommandKeys:
    return CommandKeys(RING, CLOCK)


def public(keys: CommandKeys) -> ECKey:
    return ECKey.import_key(keys.published()["keys"][0])


def test_another_process_opens_what_was_encrypted_to_the_published_key(keys: CommandKeys) -> None:
    token = jwe.encrypt_compact(HEADER, "Zoë".encode(), public(keys))
    assert CommandKeys(RING, CLOCK).open(token) == "Zoë"


def test_what_is_published_is_no_secret(keys: CommandKeys) -> None:
    (key,) = keys.published()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert key["kid"] == public(keys).thumbprint()


def test_another_installation_has_another_key(keys: CommandKeys) -> None:
    other = CommandKeys(KeyRing(RootKey(bytes(32))), CLOCK)
    assert other.key_id != keys.key_id
    with pytest.raises(NotDecryptable):
        other.open(jwe.encrypt_compact(HEADER, b"Ann", public(keys)))


@pytest.mark.parametrize("algorithm", ["ECDH-ES+A128KW", "ECDH-ES+A256KW"])
def test_other_algorithms_are_not_taken(keys: CommandKeys, algorithm: str) -> None:
    header = {"alg": algorithm, "enc": "A256GCM"}
    token = jwe.encrypt_compact(header, b"Ann", public(keys), algorithms=[algorithm, "A256GCM"])
    with pytest.raises(NotDecryptable):
        keys.open(token)


def test_nothing_is_inflated(keys: CommandKeys) -> None:
    """A few bytes could become gigabytes."""
    algorithms = [*HEADER.values(), "DEF"]
    token = jwe.encrypt_compact(HEADER | {"zip": "DEF"}, b"a" * 9, public(keys), algorithms=algorithms)
    with pytest.raises(NotDecryptable):
        keys.open(token)


@pytest.mark.parametrize("token", ["", "a.b.c.d.e", "eyJhbGciOiJub25lIn0....", "eyJ." * 9_000, "é.é.é.é.é"])
def test_no_token_is_told_as_such(keys: CommandKeys, token: str) -> None:
    with pytest.raises(NotDecryptable):
        keys.open(token)


def test_a_shared_secret_does_not_stand_in_for_the_key(keys: CommandKeys) -> None:
    shared = OctKey.import_key(bytes(32))
    token = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, b"Ann", shared)
    with pytest.raises(NotDecryptable):
        keys.open(token)


def test_bytes_that_are_no_text_are_not_opened(keys: CommandKeys) -> None:
    with pytest.raises(NotDecryptable):
        keys.open(jwe.encrypt_compact(HEADER, b"\xff\xfe", public(keys)))


def test_a_named_user_has_a_pseudonym_within_the_system(keys: CommandKeys) -> None:
    first = keys.pseudonym("lab", "user", "dr.who")
    assert first == CommandKeys(RING, CLOCK).pseudonym("lab", "user", "dr.who")
    assert first != keys.pseudonym("ward", "user", "dr.who")
    assert "who" not in first


def test_a_new_key_takes_over_when_its_time_comes_and_the_old_one_opens_for_a_week(tmp_path: Path) -> None:
    RootKey.load_or_create(tmp_path / "key")
    clock = ManualClock(datetime(2031, 3, 4, 9, 0, tzinfo=UTC))
    ours, theirs = (CommandKeys(KeyRing.load(tmp_path / "key"), clock) for _ in range(2))
    old = public(ours)
    token = jwe.encrypt_compact(HEADER, b"Ann", old)
    new = KeyRing.load(tmp_path / "key").add("commands", clock.now(), clock.now() + timedelta(hours=1))
    assert [key["kid"] for key in ours.published()["keys"]] == [old.thumbprint()]
    clock.advance(timedelta(hours=1))
    kids = [key["kid"] for key in ours.published()["keys"]]
    assert kids == [ours.key_id, old.thumbprint()]
    early = jwe.encrypt_compact(HEADER, b"Bob", public(ours))
    assert (theirs.open(early), theirs.open(token)) == ("Bob", "Ann")
    clock.advance(OVERLAP)
    assert [key["kid"] for key in theirs.published()["keys"]] == [kids[0]]
    with pytest.raises(NotDecryptable):
        theirs.open(token)
    assert theirs.open(early) == "Bob"
    assert new.name.startswith("file:")


def test_a_process_opens_by_a_key_that_came_after_its_start(tmp_path: Path) -> None:
    RootKey.load_or_create(tmp_path / "key")
    running = CommandKeys(KeyRing.load(tmp_path / "key"), CLOCK)
    running.published()
    KeyRing.load(tmp_path / "key").add("commands", CLOCK.now())
    elsewhere = CommandKeys(KeyRing.load(tmp_path / "key"), CLOCK)
    assert running.open(jwe.encrypt_compact(HEADER, b"Ann", public(elsewhere))) == "Ann"
    assert running.open(elsewhere.encrypt(b"kept").decode()) == "kept"
