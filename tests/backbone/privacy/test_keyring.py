"""The key file with added keys: whole at any moment, noticed by every process, the root untouched."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backbone.privacy.errors import KeyFileError
from backbone.privacy.keyfile import RootKey
from backbone.privacy.keyring import KeyRing

NOW = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)


def test_another_process_notices_a_key_that_is_added_and_one_that_is_removed(path: Path) -> None:
    ours, theirs = KeyRing.load(path), KeyRing.load(path)
    new = ours.add("wrapping", NOW)
    ours.add("commands", NOW)
    assert [key.key for key in theirs.added("wrapping")] == [new.key]
    assert len(theirs.added()) == 2
    assert theirs.remove(new.name)
    assert not theirs.remove(new.name)
    assert [key.kind for key in ours.added()] == ["commands"]


def test_the_root_stays_and_the_file_stays_private(path: Path) -> None:
    root = RootKey.load(path)
    KeyRing.load(path).add("wrapping", NOW)
    assert RootKey.load(path) == root
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["key"]


def test_a_file_that_is_away_for_a_moment_changes_nothing(path: Path) -> None:
    ring = KeyRing.load(path)
    new = ring.add("wrapping", NOW)
    assert ring.added()
    path.rename(path.with_name("aside"))
    assert [key.name for key in ring.added()] == [new.name]


def test_another_installations_file_is_not_taken(path: Path, tmp_path: Path) -> None:
    ring = KeyRing.load(path)
    other = tmp_path / "other"
    RootKey.load_or_create(other)
    other.replace(path)
    with pytest.raises(KeyFileError, match="another installation"):
        ring.added()


@pytest.mark.parametrize(
    "line", [b"wrapping", b"wrapping now now AAAA", b"other 2031-03-04 2031-03-04 " + b"A" * 43 + b"=", b""]
)
def test_a_damaged_line_is_refused(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(KeyFileError, match="damaged"):
        KeyRing.load(path)


def test_a_ring_without_a_file_takes_no_keys() -> None:
    with pytest.raises(KeyFileError):
        KeyRing(RootKey(bytes(32))).add("wrapping", NOW)


def test_no_key_is_ever_printed(path: Path) -> None:
    new = KeyRing.load(path).add("wrapping", NOW)
    assert new.key.hex() not in repr(new)
    assert repr(new.key) not in repr(new)
