"""Tells a server that fails from data that it can't take, and both from a mistake of ours."""

import asyncpg

__all__ = ["is_of_the_data", "is_unavailability"]

# Classes of SQLSTATE: connection exception, invalid transaction state (read-only after a failover, idle for
# too long), rollback, resources, locks not to be had, operator intervention, system error.
_UNAVAILABLE = {"08", "25", "40", "53", "55", "57", "58"}
# And data that are out of range or malformed, or too long for an index.
_OF_THE_DATA = {"22", "54"}
_LOST = (OSError, EOFError, asyncpg.InterfaceError)
# A migration went on beside us: the next attempt prepares its statements anew.
_OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)


def is_unavailability(error: BaseException) -> bool:
    """Whether it was the server, or the way to it, that failed."""
    if isinstance(error, _OUTDATED):
        return True
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _UNAVAILABLE
    return isinstance(error, _LOST) and not isinstance(error, ValueError)


def is_of_the_data(error: BaseException) -> bool:
    """Whether this very data can't be stored, by any server at any time."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _OF_THE_DATA
    return isinstance(error, ValueError | OverflowError)
