"""Shows the progress of work that takes long, on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskID, TextColumn

__all__ = ["Showing", "showing"]


class Showing:
    """A line for the present step, and a bar where something is downloaded."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._step: TaskID | None = None
        self._download: TaskID | None = None

    def step(self, text: str) -> None:
        """Replaces the line by the step that begins now."""
        if not self._console.is_terminal:
            self._console.print(f"{text} ...", highlight=False)
            return
        if self._step is not None:
            self._progress.remove_task(self._step)
        elif self._progress.finished or not self._progress.live.is_started:
            self._progress.start()
        self._step = self._progress.add_task(f"{text} ...", total=None, amount="")

    def end(self) -> None:
        """Removes line and bar."""
        self._progress.stop()
        self._step = None

    def download(self, text: str, done: int, total: int) -> None:
        """How far a download is, in bytes."""
        if not self._console.is_terminal:
            if self._download is None or done == total:
                self._download = TaskID(0)
                self._console.print(
                    f"{text}: {done // 1_000_000} of {total // 1_000_000} MB", highlight=False
                )
            return
        if self._download is None:
            self._download = self._progress.add_task(text, total=total, amount="")
        amount = f"{decimal(done)} of {decimal(total)}"
        self._progress.update(self._download, completed=done, amount=amount)


@contextmanager
def showing(console: Console) -> Iterator[Showing]:
    """Shows progress while the block runs, then removes it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Showing(console, progress)
