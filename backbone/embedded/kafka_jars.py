"""Kafka's jars: pinned by coordinate and SHA-256, fetched once into the user's cache or given in a folder."""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from backbone.embedded.errors import EmbeddedError

__all__ = ["Jar", "Progress", "default_cache", "fetch_jars", "read_lock"]

LOCK = Path(__file__).resolve().parents[2] / "deploy" / "kafka.lock"
OFFLINE_FOLDER = "ALMANAC_KAFKA_JARS"
PARALLEL = 4

Progress = Callable[[str, int, int], None]
"""Called with what is being done, and how much of how much: bytes, or steps."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned file of the class path."""

    group: str
    artifact: str
    version: str
    sha256: str
    size: int
    """Bytes."""

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.artifact}-{self.version}.jar"

    def is_in(self, path: Path) -> bool:
        """Whether the file is there and is the pinned one, byte for byte."""
        if not path.is_file() or path.stat().st_size != self.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def default_cache() -> Path:
    """The user's cache directory for Almanac."""
    return user_cache_path("almanac", appauthor=False)


def read_lock(lock: Path = LOCK) -> list[Jar]:
    """The pinned jars, in class path order."""
    jars: list[Jar] = []
    for line in lock.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, digest, size = line.split()
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(group, artifact, version, digest.removeprefix("sha256:"), int(size)))
    return jars


def fetch_jars(cache: Path, progress: Progress | None = None) -> list[Path]:
    """The class path, every file verified; downloads what is missing (about 45 MB the first time).

    With the environment variable ``ALMANAC_KAFKA_JARS`` naming a folder of these files nothing is downloaded.
    """
    jars = read_lock()
    offline = os.environ.get(OFFLINE_FOLDER)
    if offline:
        return [_given(jar, Path(offline).expanduser().absolute()) for jar in jars]
    repository = cache / "maven"
    try:
        repository.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"Apache Kafka can't be kept in {cache} ({error.strerror}): name another place in XDG_CACHE_HOME"
        ) from None
    with _alone(cache / "maven.lock"), ThreadPoolExecutor(PARALLEL) as pool:
        paths = [_path_in(repository, jar) for jar in jars]
        there = list(pool.map(Jar.is_in, jars, paths))
        missing = [jar for jar, found in zip(jars, there, strict=True) if not found]
        if missing:
            _download(missing, repository, pool, progress)
    return paths


def _path_in(repository: Path, jar: Jar) -> Path:
    """Where a Maven repository keeps the file."""
    return repository.joinpath(*jar.group.split("."), jar.artifact, jar.version, jar.name)


def _given(jar: Jar, folder: Path) -> Path:
    path = folder / jar.name
    if not jar.is_in(path):
        state = "is not the pinned file" if path.exists() else "is missing"
        raise EmbeddedError(f"{OFFLINE_FOLDER}: {path} {state} (see deploy/kafka.lock)")
    return path


def _download(jars: list[Jar], repository: Path, pool: ThreadPoolExecutor, progress: Progress | None) -> None:
    # Imported here: it takes as long as all else together, and is needed once on a machine.
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext, PythonResolver

    total = sum(jar.size for jar in jars)
    done = 0
    context = MavenContext(resolver=PythonResolver(), repo_cache=repository, timeout=30)
    own = GlobalSettings.load().repositories
    # The user's own mirrors come first, and one called "central" replaces the public one.
    context.remote_repos = own | {name: url for name, url in context.remote_repos.items() if name not in own}

    def fetch(jar: Jar) -> Jar:
        path = _path_in(repository, jar)
        # The rest of a killed download, which would be taken for the whole.
        path.unlink(missing_ok=True)
        artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
        try:
            artifact.resolve()
        except (RuntimeError, OSError) as error:  # requests' exceptions are OSErrors
            raise EmbeddedError(f"{jar.name} can't be downloaded: {_short(error)}") from error
        if not jar.is_in(path):
            path.unlink(missing_ok=True)
            raise EmbeddedError(f"{jar.name} as downloaded is not the file pinned in deploy/kafka.lock")
        return jar

    for jar in pool.map(fetch, jars):
        done += jar.size
        if progress is not None:
            progress("Downloading Apache Kafka", done, total)


def _short(error: Exception) -> str:
    """One line of an error that may go on for many."""
    return " ".join(str(error).split())[:200]


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time downloads into the cache."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
