"""The jars are the pinned ones, wherever they come from."""

import hashlib
from pathlib import Path

import pytest

from backbone.embedded.errors import EmbeddedError
from backbone.embedded.kafka_jars import Jar, fetch_jars, read_lock


def test_the_lock_names_each_jar_once_with_its_hash() -> None:
    jars = read_lock()
    assert len({(jar.group, jar.artifact) for jar in jars}) == len(jars) > 40
    assert all(len(bytes.fromhex(jar.sha256)) == 32 and jar.size > 0 for jar in jars)
    assert "kafka_2.13" in {jar.artifact for jar in jars}


def test_a_jar_is_known_by_its_bytes(tmp_path: Path) -> None:
    content = b"a jar"
    jar = Jar("group", "artifact", "1", hashlib.sha256(content).hexdigest(), len(content))
    path = tmp_path / jar.name
    assert not jar.is_in(path)
    path.write_bytes(b"a jaw")
    assert not jar.is_in(path)
    path.write_bytes(content)
    assert jar.is_in(path)


@pytest.mark.parametrize(("content", "why"), [(None, "is missing"), (b"evil", "is not the pinned file")])
def test_a_folder_of_jars_is_checked_and_nothing_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / read_lock()[0].name).write_bytes(content)
    monkeypatch.setenv("ALMANAC_KAFKA_JARS", str(tmp_path))
    with pytest.raises(EmbeddedError, match=why):
        fetch_jars(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
