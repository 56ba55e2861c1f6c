"""Tells a server that fails from data that it can't take."""

import asyncpg

__all__ = ["is_unavailability"]

# Classes of SQLSTATE: connection exception, invalid transaction state (read-only after a failover, idle for
# too long), rollback, resources, locks not to be had, operator intervention, system error.
_UNAVAILABLE = {"08", "25", "40", "53", "55", "57", "58"}
_LOST = (OSError, EOFError, asyncpg.InterfaceError)


def is_unavailability(error: BaseException) -> bool:
    """Whether it was the server, or the way to it, that failed."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _UNAVAILABLE
    return isinstance(error, _LOST) and not isinstance(error, ValueError)
