"""The Node peers: pinned, from nowhere in particular, and left out where they can't be had."""

import json
from pathlib import Path

import pytest

from bench.peers import node
from bench.peers.peer import Skipped


async def test_without_node_they_are_skipped_with_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Skipped, match=r"Node\.js is not installed"):
        await node.install_packages(lambda _text: None)


def test_the_lock_pins_every_package_and_names_no_registry() -> None:
    packages = json.loads((node.HERE / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
