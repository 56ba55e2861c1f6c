"""Small files that hold secrets or what must not be lost: whole or not there at all, for their owner only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["create_private", "fsync_folder", "replace_private"]


def create_private(path: Path, content: bytes) -> None:
    """Makes the file (mode 0600), durable when this returns; does nothing where there is one already.

    Of several processes that do it at once one wins, and no reader ever sees half of a file. Raises OSError.
    """
    with _draft(path, content) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        fsync_folder(path.parent)


def replace_private(path: Path, content: bytes) -> None:
    """Puts new content (mode 0600) in the file's place, durable when this returns. Raises OSError."""
    with _draft(path, content) as draft:
        draft.replace(path)
        fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Makes durable which files a folder has: without it a crash may lose a file that was itself synced."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
