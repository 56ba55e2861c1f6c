"""A PostgreSQL 18 server of our own, from the binaries that pip installed."""

import asyncio
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg

from backbone.embedded.datadir import DataDir
from backbone.embedded.lifeline import Kept, RunAs, start_kept
from backbone.embedded.ports import LOOPBACK, choose_ports
from backbone.embedded.postgres_binaries import postgres_programs, postgres_user
from backbone.embedded.postgres_cluster import (
    CLEAN_ENVIRONMENT,
    SUPERUSER,
    forget_reused_pid,
    here,
    make_cluster,
)
from backbone.embedded.server import EmbeddedServer

__all__ = ["EmbeddedPostgres", "url_of"]

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


class EmbeddedPostgres(EmbeddedServer):
    """``options`` are server settings on top of PostgreSQL's defaults.

    ``send`` reaches the postmaster only, not its sessions.
    """

    title = "PostgreSQL"
    end_signal = signal.SIGINT

    def __init__(self, data: DataDir, options: Mapping[str, str] | None = None) -> None:
        super().__init__(data, "postgres")
        self._settings = {**DEFAULTS, **(options or {})}
        self._user: RunAs | None = None
        self._programs = Path()
        self._password = ""

    @property
    def url(self) -> str:
        """The superuser's URL of the maintenance database ``postgres``."""
        return self.url_for("postgres")

    def url_for(self, database: str, role: str = SUPERUSER, password: str | None = None) -> str:
        """URL of a database on this server."""
        return url_of(self.port, database, role, self._password if password is None else password)

    async def _prepare(self) -> None:
        self._user = postgres_user()
        self._programs = await asyncio.to_thread(postgres_programs, self._user)
        kept = self._data.secrets("postgres")
        if SUPERUSER not in kept:
            kept[SUPERUSER] = secrets.token_urlsafe(24)
            self._data.keep_secrets("postgres", kept)
        self._password = kept[SUPERUSER]
        await make_cluster(self._folder, self._programs, self._user, self._password, self._log)

    async def _launch(self) -> Kept:
        forget_reused_pid(self._folder)
        self.port = choose_ports(self._data.path / "ports.json", ["postgres"])["postgres"]
        settings = {**self._settings, "port": str(self.port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return start_kept(
            [str(self._programs / "postgres"), "-D", here(self._folder), *options],
            directory=self._folder,
            log=self._log,
            death_signal=signal.SIGQUIT,
            run_as=self._user,
            environment=CLEAN_ENVIRONMENT,
            pass_fds=[self._data.lock],
        )

    async def _answers(self) -> bool:
        """Whether it takes connections."""
        try:
            connection = await asyncpg.connect(self.url, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True
