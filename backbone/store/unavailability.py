"""Tells a server that fails from data that it can't take, and both from a mistake of ours."""

from typing import Final

import asyncpg

__all__ = ["CONNECTION_ENDED", "FAILING", "LOST", "is_of_the_data", "is_unavailability"]

CONNECTION_ENDED: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises on a connection that has ended; the second where the server's last words have come, the
end of the connection not yet. An ``InterfaceError`` that is also a ``ValueError`` refuses an argument."""
LOST: Final = (OSError, EOFError, *CONNECTION_ENDED)
"""The server can't be reached, or not any more."""
FAILING: Final = (asyncpg.PostgresError, *LOST)
"""For loops that begin anew whatever the server said and whether or not it is there."""

# Classes of SQLSTATE: connection exception, invalid transaction state (read-only after a failover, idle for
# too long), rollback, resources, locks not to be had, operator intervention, system error.
_UNAVAILABLE = {"08", "25", "40", "53", "55", "57", "58"}
# And data that are out of range or malformed, or too long for an index.
_OF_THE_DATA = {"22", "54"}
# A migration went on beside us: the next attempt prepares its statements anew.
_OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)


def is_unavailability(error: BaseException) -> bool:
    """Whether it was the server, or the way to it, that failed."""
    if isinstance(error, _OUTDATED):
        return True
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _UNAVAILABLE
    return isinstance(error, LOST) and not isinstance(error, ValueError)


def is_of_the_data(error: BaseException) -> bool:
    """Whether this very data can't be stored, by any server at any time."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _OF_THE_DATA
    return isinstance(error, ValueError | OverflowError)
