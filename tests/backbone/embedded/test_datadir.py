"""One Almanac at a time on a data directory; secrets for the owner only."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from backbone.embedded.datadir import DataDir
from backbone.embedded.errors import DataDirInUseError, EmbeddedError
from backbone.embedded.ports import choose_ports


def test_a_second_one_is_refused_and_told_who_is_there(tmp_path: Path) -> None:
    with (
        DataDir(tmp_path),
        pytest.raises(DataDirInUseError, match=f"process {os.getpid()}.*choose another --data"),
    ):
        DataDir(tmp_path).__enter__()
    with DataDir(tmp_path):
        pass


def test_a_reused_process_id_is_not_mistaken_for_ours(tmp_path: Path) -> None:
    stranger = psutil.Process(os.getppid())
    (tmp_path / "lock").write_text(f"{stranger.pid} {stranger.create_time() - 3600}")
    with DataDir(tmp_path):
        assert (tmp_path / "lock").read_text().startswith(f"{os.getpid()} ")


def test_while_a_killed_owners_servers_end_the_next_one_waits(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        # As a keeper does: it has the lock from its owner, and ends a little later.
        keeper = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[data.lock]
        )
    (tmp_path / "lock").write_text("999999999 0")
    assert keeper.stdin is not None
    keeper.stdin.write(b"\n")
    keeper.stdin.close()
    with DataDir(tmp_path):
        keeper.wait()


def test_secrets_are_for_the_owner_only(tmp_path: Path) -> None:
    with DataDir(tmp_path) as data:
        data.keep_secrets("roles", {"booking": "hush"})
        assert data.secrets("roles") == {"booking": "hush"}
        assert data.secrets("others") == {}
    file = tmp_path / "secrets" / "roles.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_is_no_folder_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match="can't be used"):
        DataDir(tmp_path / "file").__enter__()


def test_ports_are_remembered_unless_another_took_them(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = choose_ports(file, ["a", "b"])
    assert len(set(first.values())) == 2
    assert choose_ports(file, ["a", "b"]) == first
    with socket.socket() as taker:
        taker.bind(("127.0.0.1", first["a"]))
        taker.listen()
        second = choose_ports(file, ["a", "b"])
    assert second["a"] != first["a"]
    assert second["b"] == first["b"]
    assert json.loads(file.read_text()) == second
