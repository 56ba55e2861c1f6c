"""The key for commands: the same in every process, published without its secret, strict in what it opens."""

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey

from backbone.commanding.keys import CommandKeys, NotDecryptable
from backbone.privacy.keyfile import RootKey

ROOT = RootKey(bytes(range(32)))
HEADER = {"alg": "ECDH-ES", "enc": "A256GCM"}


@pytest.fixture
def keys() -> CommandKeys:
    return CommandKeys(ROOT)


def public(keys: CommandKeys) -> ECKey:
    return ECKey.import_key(keys.published()["keys"][0])


def test_another_process_opens_what_was_encrypted_to_the_published_key(keys: CommandKeys) -> None:
    token = jwe.encrypt_compact(HEADER, "Zoë".encode(), public(keys))
    assert CommandKeys(ROOT).open(token) == "Zoë"


def test_what_is_published_is_no_secret(keys: CommandKeys) -> None:
    (key,) = keys.published()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert key["kid"] == public(keys).thumbprint()


def test_another_installation_has_another_key(keys: CommandKeys) -> None:
    other = CommandKeys(RootKey(bytes(32)))
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
    assert first == CommandKeys(ROOT).pseudonym("lab", "user", "dr.who")
    assert first != keys.pseudonym("ward", "user", "dr.who")
    assert "who" not in first
