"""Free TCP ports, remembered in the data directory so that addresses stay the same from start to start."""

import json
import socket
from collections.abc import Iterable
from pathlib import Path

__all__ = ["LOOPBACK", "choose_ports", "is_free"]

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As the servers do themselves: connections in TIME_WAIT are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def choose_ports(remembered: Path, names: Iterable[str]) -> dict[str, int]:
    """A free port for each name: the one of last time if it is still free, else a new one, written down."""
    known: dict[str, int] = {}
    if remembered.exists():
        known = json.loads(remembered.read_text())
    chosen: dict[str, int] = {}
    probes: list[socket.socket] = []
    try:
        for name in names:
            if name in known and is_free(known[name]):
                chosen[name] = known[name]
                continue
            probe = socket.socket()
            probes.append(probe)
            # Kept open until all are chosen: no two names get the same one.
            probe.bind((LOOPBACK, 0))
            chosen[name] = probe.getsockname()[1]
    finally:
        for probe in probes:
            probe.close()
    merged = known | chosen
    if merged != known:
        draft = remembered.with_suffix(".new")
        draft.write_text(json.dumps(merged, indent=1))
        draft.replace(remembered)
    return chosen
