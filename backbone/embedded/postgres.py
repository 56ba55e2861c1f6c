"""A PostgreSQL 18 server of our own, from the binaries that pip installed."""

import asyncio
import secrets
import signal
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import quote

import asyncpg

from backbone.embedded.datadir import DataDir
from backbone.embedded.errors import EmbeddedError
from backbone.embedded.lifeline import Kept, start_kept
from backbone.embedded.ports import LOOPBACK, choose_ports
from backbone.embedded.postgres_binaries import postgres_programs, postgres_user
from backbone.embedded.postgres_cluster import (
    CLEAN_ENVIRONMENT,
    SUPERUSER,
    forget_reused_pid,
    here,
    make_cluster,
)

__all__ = ["EmbeddedPostgres", "url_of"]

READY_SECONDS = 60.0
ATTEMPTS = 5
STOP_SECONDS = 15.0
DEFAULTS: Mapping[str, str] = {
    # Reachable by TCP only: a socket's path may have no more than 107 bytes.
    "unix_socket_directories": "",
    "listen_addresses": LOOPBACK,
    "max_connections": "200",
    # An error's text must not carry the data that caused it.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


def url_of(port: int, database: str, role: str, password: str) -> str:
    """URL of a database on a server on the loopback."""
    return f"postgresql://{quote(role)}:{quote(password, safe='')}@{LOOPBACK}:{port}/{quote(database)}"


class EmbeddedPostgres:
    """Runs for the time of the ``async with`` block; ends with us however we end. Keeps its data.

    ``options`` are server settings on top of PostgreSQL's defaults.
    """

    def __init__(self, data: DataDir, options: Mapping[str, str] | None = None) -> None:
        self._data = data
        self._folder = data.path / "postgres"
        self._options = {**DEFAULTS, **(options or {})}
        self._server: Kept | None = None
        self._password = ""
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The superuser's URL of the maintenance database ``postgres``."""
        return self.url_for("postgres")

    def url_for(self, database: str, role: str = SUPERUSER, password: str | None = None) -> str:
        """URL of a database on this server."""
        return url_of(self.port, database, role, self._password if password is None else password)

    @property
    def running(self) -> bool:
        """Whether the server process lives."""
        return self._server is not None and self._server.running

    @property
    def pid(self) -> int:
        """Process id of the server (the postmaster)."""
        return self._running().pid

    async def start(self) -> None:
        """Starts it and waits until it answers; makes its cluster first where there is none."""
        user = postgres_user()
        programs = await asyncio.to_thread(postgres_programs, user)
        log = self._data.log("postgres")
        kept = self._data.secrets("postgres")
        if SUPERUSER not in kept:
            kept[SUPERUSER] = secrets.token_urlsafe(24)
            self._data.keep_secrets("postgres", kept)
        self._password = kept[SUPERUSER]
        await make_cluster(self._folder, programs, user, self._password, log)
        for _ in range(ATTEMPTS):
            forget_reused_pid(self._folder)
            self.port = choose_ports(self._data.path / "ports.json", ["postgres"])["postgres"]
            self._server = start_kept(
                [str(programs / "postgres"), "-D", here(self._folder), *self._settings()],
                directory=self._folder,
                log=log,
                death_signal=signal.SIGQUIT,
                run_as=user,
                environment=CLEAN_ENVIRONMENT,
                pass_fds=[self._data.lock],
            )
            try:
                if await self._answers():
                    return
            except BaseException:
                await self.kill()
                raise
            # Its port was taken in between, or a killed predecessor's last process still holds the memory.
            await self._server.wait()
            await asyncio.sleep(0.3)
        raise EmbeddedError(f"PostgreSQL does not start on {self._folder}: see {log}")

    async def stop(self) -> None:
        """Ends it cleanly: connections are closed, everything is written."""
        if self._server is not None:
            await self._server.end(signal.SIGINT, STOP_SECONDS)

    async def kill(self) -> None:
        """Kills it with SIGKILL, as a crash would; for tests of what survives."""
        if self._server is not None:
            self._server.send(signal.SIGKILL)
            await self._server.wait()

    async def restart(self) -> None:
        """Starts it again, at the same address, after ``kill`` or from running."""
        await self.stop()
        await self.start()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the server; SIGSTOP and SIGCONT reach only the postmaster, not its sessions."""
        self._running().send(number)

    def _running(self) -> Kept:
        if self._server is None:
            raise EmbeddedError("PostgreSQL has not been started")
        return self._server

    def _settings(self) -> list[str]:
        settings = {**self._options, "port": str(self.port)}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    async def _answers(self) -> bool:
        """Waits until it takes connections; false if it ended instead."""
        deadline = time.monotonic() + READY_SECONDS
        while self.running:
            try:
                connection = await asyncpg.connect(self.url, timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                if time.monotonic() > deadline:
                    raise EmbeddedError(f"PostgreSQL does not answer on port {self.port}") from None
                await asyncio.sleep(0.03)
                continue
            await connection.close()
            return True
        return False
