"""The root key's file: made once, for its owner only."""

import os
from pathlib import Path

import pytest

from backbone.privacy.errors import KeyFileError
from backbone.privacy.keyfile import RootKey


def test_a_new_key_file_is_private_and_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = RootKey.load_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert RootKey.load_or_create(path).derive("a") == made.derive("a") == RootKey.load(path).derive("a")
    assert os.listdir(tmp_path) == ["key"]


def test_each_purpose_has_a_key_of_its_own() -> None:
    root = RootKey(bytes(32))
    assert len({root.derive("a"), root.derive("b"), RootKey(bytes([1] * 32)).derive("a")}) == 3


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o666])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    RootKey.load_or_create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod"):
        RootKey.load(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"almanac-key-1 ", b"almanac-key-1 AAAA\n"])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        RootKey.load(path)


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        RootKey.load(tmp_path / "none")
