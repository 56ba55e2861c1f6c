"""The socket that callers reach."""

import socket

from cli.errors import CliError

__all__ = ["listen"]


def listen(host: str, port: int) -> socket.socket:
    """Listens there; ``port`` 0: on any free one. ``CliError`` where that can't be."""
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        # Python adds the address to the system's words.
        why = (error.strerror or str(error)).partition(" (")[0]
        raise CliError(f"can't listen on {host} port {port} ({why}): choose another --port") from None
