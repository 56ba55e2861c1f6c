"""The launcher's second half: makes ``.venv`` of the locked packages where it is missing or stale, then runs
the command in it.

Runs on the standard library alone, before anything is installed. A stamp in ``.venv``, written last, names
the lock that was installed; an environment without stamp (a killed installation) is made anew.
"""

# Before all else: what follows takes a while. The script before us made interrupts ignored, because a Python
# that starts would tell of one by a traceback; from here on one ends us without a word.
import signal

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEVELOPERS = ("test", "bench")
"""Commands that need the development packages too."""


class LaunchError(Exception):
    """The environment can't be made; one line for a person."""


def main(root: Path, arguments: list[str]) -> None:
    """Becomes the ``almanac`` command."""
    wanted = "dev" if arguments and arguments[0] in DEVELOPERS else "runtime"
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if not is_current(root, wanted):
            with alone(root):
                if not is_current(root, wanted):
                    install(root, wanted)
        # Until the command can heed it (cli/__main__.py).
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    except (LaunchError, OSError) as error:
        print(f"almanac: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    # It would look for its library there, and end.
    os.environ.pop("PYTHONHOME", None)
    python = str(interpreter(root))
    path = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(path)
    # -P: a folder of the same name in the working directory is not ours.
    os.execv(python, [python, "-P", "-m", "cli", *arguments])  # noqa: S606 - no shell


def interpreter(root: Path) -> Path:
    """The environment's Python."""
    return root / ".venv" / "bin" / "python"


def lock_of(root: Path, kind: str) -> Path:
    """The locked packages: ``runtime``, or ``dev``, which holds the former too."""
    return root / "requirements" / f"{kind}.txt"


def stamp_of(root: Path) -> Path:
    """The stamp's text: what is installed, one ``kind hash`` a line."""
    return root / ".venv" / "almanac-stamp"


def is_current(root: Path, wanted: str) -> bool:
    """Whether the environment holds what the lock says."""
    if not interpreter(root).exists() or not stamp_of(root).exists():
        return False
    return f"{wanted} {_hash(lock_of(root, wanted))}" in stamp_of(root).read_text().splitlines()


def write_stamp(root: Path, wanted: str) -> None:
    """Says that the installation is complete."""
    kinds = ("runtime", "dev") if wanted == "dev" else ("runtime",)
    draft = stamp_of(root).with_suffix(".new")
    draft.write_text("".join(f"{kind} {_hash(lock_of(root, kind))}\n" for kind in kinds))
    draft.replace(stamp_of(root))


def install(root: Path, wanted: str) -> None:
    """Installs the lock; what it shows goes to standard error, for standard output belongs to the command."""
    environment = root / ".venv"
    # A developer's environment stays one, whichever command finds it stale.
    if stamp_of(root).exists() and "dev " in stamp_of(root).read_text():
        wanted = "dev"
    if not interpreter(root).exists() or not stamp_of(root).exists():
        _say("making the Python environment .venv")
        shutil.rmtree(environment, ignore_errors=True)
        base = getattr(sys, "_base_executable", None) or sys.executable
        _run(
            [base, "-I", "-m", "venv", str(environment)],
            "it takes Python's venv module (Debian: python3-venv)",
        )
    stamp_of(root).unlink(missing_ok=True)
    lock = lock_of(root, wanted)
    count = sum("==" in line for line in lock.read_text().splitlines())
    _say(f"installing {count} locked packages (once; the first time about 200 MB to download)")
    pip = [str(interpreter(root)), "-m", "pip", "install", "--require-hashes", "--no-deps"]
    _run([*pip, "--disable-pip-version-check", "-r", str(lock)], "see pip's message above")
    write_stamp(root, wanted)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """One launcher at a time; others wait for its result."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _say(message: str) -> None:
    print(f"almanac: {message}", file=sys.stderr, flush=True)


def _run(command: list[str], hint: str) -> None:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")
    }
    if subprocess.run(command, stdout=2, env=environment, check=False).returncode != 0:  # noqa: S603 - our own command, and no shell
        raise LaunchError(f"{Path(command[0]).name} {command[-1]} failed: {hint}")


if __name__ == "__main__":
    main(Path(__file__).resolve().parents[1], sys.argv[1:])
