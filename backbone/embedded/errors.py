"""What can go wrong with an embedded server, told so that its reader knows what to do."""

__all__ = ["DataDirInUseError", "EmbeddedError"]


class EmbeddedError(Exception):
    """An embedded server could not be started or kept; the message is one line for a person."""


class DataDirInUseError(EmbeddedError):
    """Another Almanac runs on the same data directory."""
