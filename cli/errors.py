"""What ends a command: one line on standard error, and the exit status."""

__all__ = ["CliError", "FAILED", "INTERRUPTED", "WRONG_USE"]

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130


class CliError(Exception):
    """The command can't go on. ``status`` 1: failed; 2: it was used wrongly."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status
