"""The server that fails is told from data that it can't take, and from a mistake of ours."""

import asyncpg
import pytest
from asyncpg.exceptions import ProtocolError

from backbone.store.unavailability import FAILING, is_of_the_data, is_unavailability


class RefusedArgument(asyncpg.InterfaceError, ValueError):
    """As asyncpg raises for an argument of the wrong type."""


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        EOFError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state"),
        ProtocolError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.AdminShutdownError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.LockNotAvailableError(),
        asyncpg.OutdatedSchemaCacheError("a migration went on"),
    ],
)
def test_the_server_is_away(error: Exception) -> None:
    assert is_unavailability(error)
    assert not is_of_the_data(error)
    assert isinstance(error, FAILING)


@pytest.mark.parametrize(
    "error", [RefusedArgument("x"), asyncpg.UndefinedTableError(), asyncpg.UniqueViolationError(), KeyError()]
)
def test_the_server_is_there(error: Exception) -> None:
    assert not is_unavailability(error)
