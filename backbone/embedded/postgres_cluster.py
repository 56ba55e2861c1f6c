"""A PostgreSQL cluster's files: made once, all or nothing, and freed from a predecessor's traces."""

import os
import shutil
import tempfile
from pathlib import Path

import psutil

from backbone.embedded.errors import EmbeddedError
from backbone.embedded.lifeline import RunAs, run_tool

__all__ = ["CLEAN_ENVIRONMENT", "SUPERUSER", "forget_reused_pid", "here", "make_cluster"]

SUPERUSER = "almanac"
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""Nothing of ours: no PG... variables, no secrets, no locale."""
INITDB_SECONDS = 120.0
NO_PROCESS = 2_000_000_000
"""Above every process id that a system gives out."""


def here(folder: Path) -> str:
    """The name under which a process whose working directory is ``folder`` finds it.

    On Linux it needs no right on the folders above, which may be private to root, and has no length limit.
    """
    magic = Path("/proc/self/cwd")
    return str(magic) if magic.exists() else str(folder)


async def make_cluster(folder: Path, programs: Path, user: RunAs | None, password: str, log: Path) -> None:
    """Makes the cluster unless it is there; a half-made one of a killed start is thrown away."""
    if folder.exists():  # noqa: ASYNC240 - a look at a local folder
        return
    draft = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write(password)
        secret.flush()
        if user is not None:
            os.chown(draft, user.uid, user.gid)
            os.fchown(secret.fileno(), user.uid, user.gid)
        status = await run_tool(
            [
                str(programs / "initdb"),
                f"--pgdata={here(draft)}",
                f"--username={SUPERUSER}",
                f"--pwfile={secret.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # Sorted by code point, the same on every system; a person's order is up to the application.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-instructions",
            ],
            directory=draft,
            log=log,
            within=INITDB_SECONDS,
            run_as=user,
            environment=CLEAN_ENVIRONMENT,
        )
    if status != 0:
        raise EmbeddedError(f"PostgreSQL's initdb failed with status {status}: see {log}")
    draft.rename(folder)


def forget_reused_pid(folder: Path) -> None:
    """Makes a lock file that a killed server left behind harmless, when its process id is another's now.

    PostgreSQL would take any living process of that id for a server on this cluster and refuse to start.
    Only the id is replaced: the shared memory named in the file still protects from a server that lives on.
    """
    lock = folder / "postmaster.pid"
    try:
        lines = lock.read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return
    try:
        process = psutil.Process(pid)
        if process.name() == "postgres" and Path(process.cwd()).samefile(folder):
            return
    except (psutil.Error, OSError):
        pass
    lines[0] = str(NO_PROCESS)
    # Written in place, so that the file keeps its owner.
    lock.write_text("\n".join(lines) + "\n")
