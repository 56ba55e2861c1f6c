"""That a file is there survives a crash only once its folder is on disk, too."""

import os
from pathlib import Path

__all__ = ["settle"]


def settle(folder: Path) -> None:
    """On disk when this returns: which files the folder has. OSError where it can't be had."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
