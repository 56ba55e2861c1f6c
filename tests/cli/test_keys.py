"""``almanac keys``: listed, rotated, removed."""

import json
from pathlib import Path

import pytest

import backbone.privacy
from backbone.privacy.keyfile import RootKey
from backbone.store.migrating import migrate
from tests.cli.test_commands import almanac, said

MIGRATIONS = Path(backbone.privacy.__file__).parent / "migrations"


@pytest.fixture
async def settings(database: str, kafka: str, tmp_path: Path) -> dict[str, str]:
    await migrate(database, "vault", MIGRATIONS)
    RootKey.load_or_create(tmp_path / "key")
    return {"database_url": database, "kafka_bootstrap": kafka, "key_file": str(tmp_path / "key")}


def test_keys_are_rotated_listed_and_removed(settings: dict[str, str]) -> None:
    before, first, _ = json.loads(almanac("keys", "rotate", "--json", **settings).stdout)
    assert (before["key"], before["state"], first["state"]) == ("file", "retired", "active")
    added = json.loads(almanac("keys", "add", "--json", **settings).stdout)["key"]
    *_, waiting, of_commands = json.loads(almanac("keys", "list", "--json", **settings).stdout)
    assert (of_commands["key"], of_commands["for"], of_commands["state"]) == ("file", "commands", "active")
    assert (waiting["key"], waiting["state"], waiting["wraps"]) == (added, "added", 0)
    assert almanac("keys", "rotate", **settings).stdout == f"{added}: active, wraps 0 keys\n"
    commands = json.loads(almanac("keys", "rotate-commands", "--json", **settings).stdout)
    rows = json.loads(almanac("keys", "list", "--json", **settings).stdout)
    assert [row["state"] for row in rows] == ["retired", "retired", "active", "decrypts only", "active"]
    assert [(row["key"], row["for"]) for row in rows[3:]] == [
        ("file", "commands"),
        (commands["key"], "commands"),
    ]
    assert first["key"] in almanac("keys", "list", **settings).stdout

    for key in (rows[2]["key"], commands["key"], "file:00000000"):
        kept = almanac("keys", "remove", key, **settings)
        assert kept.returncode == 1
        said(kept)
    gone = json.loads(almanac("keys", "remove", first["key"], "--json", **settings).stdout)
    assert gone == {"key": first["key"], "removed": True}


def test_a_new_installation_s_key_file_is_made_once(settings: dict[str, str], tmp_path: Path) -> None:
    new = settings | {"key_file": str(tmp_path / "new")}
    assert json.loads(almanac("keys", "create", "--json", **new).stdout) == {
        "key_file": str(tmp_path / "new")
    }
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "new").read_bytes()
    assert almanac("keys", "list", **new).returncode == 0
    again = almanac("keys", "create", **new)
    assert again.returncode == 1
    assert "already" in said(again)
    assert (tmp_path / "new").read_bytes() == before
    nowhere = almanac("keys", "create", **(settings | {"key_file": str(tmp_path / "none" / "key")}))
    assert said(nowhere).endswith("there is no folder for it\n")


def test_what_can_not_be_reached_is_told_in_a_line(settings: dict[str, str], tmp_path: Path) -> None:
    away = settings | {"key_file": str(tmp_path / "none")}
    assert "almanac keys create" in said(almanac("keys", "list", **away))
    away = settings | {"database_url": "postgresql://nobody@127.0.0.1:1/none"}
    assert "can't be reached" in said(almanac("keys", "list", **away))
