"""``almanac serve``: named services on configured servers; what deployments run."""

import socket
from typing import Annotated

import typer
import uvloop

from backbone.clock import SystemClock
from backbone.network import is_loopback
from backbone.telemetry.logs import log_as_json
from cli.catalogue import SYSTEMS, VAULT, load
from cli.composition import Part, Process, run_process
from cli.configuration import (
    data_dir,
    database_urls,
    read_settings,
    refuse_plain_text,
)
from cli.errors import WRONG_USE, CliError
from cli.listening import listen
from cli.preparing import require_tables

__all__ = ["serve"]


def serve(
    services: Annotated[list[str], typer.Argument(help="booking, patient-flow, projections")],
    part: Annotated[
        Part, typer.Option(help="http: routes; workers: relay, consumers, sweepers; all: both.")
    ] = "all",
    port: Annotated[
        int | None,
        typer.Option(
            help="HTTP port; workers have health and metrics there.", show_default="8080", min=0, max=65535
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    embedded: Annotated[bool, typer.Option(hidden=True)] = False,
    listening: Annotated[int | None, typer.Option(hidden=True)] = None,
    behind: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the named services in this process, on the servers that the settings name."""
    settings = read_settings()
    chosen = load(services)
    urls = database_urls(settings, [VAULT, SYSTEMS, *(service.schema for service in chosen)])
    if settings.kafka_bootstrap is None:
        raise CliError("no Kafka is configured: set ALMANAC_KAFKA_BOOTSTRAP", WRONG_USE)
    refuse_plain_text(settings, urls)
    if settings.dev and not (embedded and is_loopback(host)):
        raise CliError(
            "ALMANAC_DEV=1 is for embedded servers on the loopback only: use almanac up", WRONG_USE
        )
    if not embedded:
        uvloop.run(require_tables(chosen, urls))
    log_as_json(chosen[0].name if len(chosen) == 1 else "almanac", part)
    address = _socket(listening, host, settings.port if port is None else port, part, port is not None)
    others = {} if behind is None else {"workers": behind}
    process = Process(chosen, part, settings, data_dir(settings, None), SystemClock(), address, others)
    uvloop.run(run_process(process))


def _socket(given: int | None, host: str, port: int, part: Part, asked: bool) -> socket.socket | None:
    """The socket to answer on: the one that the parent hands down, else one on the port; None for workers
    that no port was given for."""
    if given is not None:
        return socket.socket(fileno=given)
    if part == "workers" and not asked:
        return None
    return listen(host, port)
