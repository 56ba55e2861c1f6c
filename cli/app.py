"""The ``almanac`` command: its subcommands, and how every error ends it."""

import logging
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import NoReturn

import asyncpg
import typer
from typer.exceptions import TyperException

from backbone.embedded.errors import EmbeddedError
from backbone.privacy.errors import KeyFileError, VaultUnavailableError
from backbone.store.migrating import MigrationError
from cli.errors import FAILED, INTERRUPTED, WRONG_USE, CliError

__all__ = ["COMMANDS", "build", "main"]

COMMANDS = {
    "demo": "cli.commands.demo:demo",
    "up": "cli.commands.up:up",
    "serve": "cli.commands.serve:serve",
    "migrate": "cli.commands.migrate:migrate",
    "topics": "cli.commands.topics:topics",
    "system": "cli.commands.system:system",
    "acls": "cli.commands.acls:acls",
    "token": "cli.commands.token:token",
    "projection": "cli.commands.projection:projection",
    "dead-letter": "cli.commands.dead_letter:dead_letter",
    "keys": "cli.commands.keys:keys",
    "bench": "cli.commands.bench:bench",
    "schemas": "cli.commands.schemas:schemas",
    "test": "cli.commands.test:test",
}
"""A function is a command, a Typer application a group of them; ``--help`` lists groups last."""

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""For ``test``: its options are pytest's."""


def build(names: Iterable[str]) -> typer.Typer:
    """The application with these commands; only their modules are loaded, which takes most of a short run."""
    app = typer.Typer(
        help="Event-sourced scheduling for clinics.",
        add_completion=False,
        # Lines of a docstring are joined to paragraphs.
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    # Makes a lone command a subcommand like the others.
    app.callback()(lambda: None)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        command: Callable[..., None] | typer.Typer = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        elif name == "test":
            app.command(name, context_settings=PASSED_ON, add_help_option=False)(command)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """Runs the command; an error is one line on standard error, without traceback."""
    # Commands tell of trouble themselves; serve sets up logging of its own.
    logging.basicConfig(handlers=[logging.NullHandler()])
    try:
        sys.exit(_run(sys.argv[1:] or ["--help"]))
    except CliError as error:
        _fail(str(error), error.status)
    except (typer.Abort, KeyboardInterrupt):
        _fail("interrupted", INTERRUPTED)
    except TyperException as error:
        told = error.format_message() if isinstance(error, typer.BadParameter.__bases__) else str(error)
        context = getattr(error, "ctx", None)
        _fail(f"{told} (see {context.command_path if context else 'almanac'} --help)", WRONG_USE)
    except (EmbeddedError, MigrationError, KeyFileError, VaultUnavailableError) as error:
        _fail(str(error), FAILED)
    except asyncpg.PostgresError as error:
        _fail(f"PostgreSQL: {error}", FAILED)
    except RuntimeError as error:
        # Kafka's errors, without loading its client for commands that don't need it.
        if type(error).__module__ != "aiokafka.errors":
            raise
        _fail(f"Kafka: {error}{_hint(type(error).__name__)}", FAILED)
    except OSError as error:
        _fail(f"{type(error).__name__}: {error}", FAILED)


def _run(arguments: Sequence[str]) -> int:
    names = [arguments[0]] if arguments[0] in COMMANDS else COMMANDS
    app = build(names)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    status = app(arguments, prog_name="almanac", standalone_mode=False)
    return status if isinstance(status, int) else 0


def _hint(kafka_error: str) -> str:
    """What else to look at. A login that Kafka refuses comes as a connection that failed."""
    if kafka_error == "KafkaConnectionError":
        return ": is it running there, and are the settings ALMANAC_KAFKA_... right, the login among them?"
    if kafka_error.endswith("AuthorizationFailedError"):
        return ": a right is missing; almanac acls --operator prints those that commands need"
    return ""


def _fail(message: str, status: int) -> NoReturn:
    print(f"almanac: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(status)
