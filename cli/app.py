"""The ``almanac`` command: its subcommands, and how every error ends it."""

import sys

import asyncpg
import typer
from aiokafka.errors import KafkaError

from backbone.embedded import EmbeddedError
from backbone.privacy.errors import KeyFileError
from backbone.store.migrating import MigrationError
from cli.commands.migrate import migrate
from cli.commands.serve import serve
from cli.commands.test import test
from cli.commands.token import token
from cli.commands.topics import topics
from cli.commands.up import up
from cli.errors import FAILED, CliError

__all__ = ["app", "main"]

app = typer.Typer(
    name="almanac",
    help="Event-sourced scheduling for clinics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(up)
app.command()(serve)
app.command()(migrate)
app.command()(topics)
app.command()(token)
app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)(test)


def main() -> None:
    """Runs the command; an error is one line on standard error, without traceback."""
    try:
        app(prog_name="almanac")
    except CliError as error:
        _fail(str(error), error.status)
    except (EmbeddedError, MigrationError, KeyFileError) as error:
        _fail(str(error), FAILED)
    except asyncpg.PostgresError as error:
        _fail(f"PostgreSQL: {error}", FAILED)
    except KafkaError as error:
        _fail(f"Kafka: {error}", FAILED)
    except OSError as error:
        _fail(f"{type(error).__name__}: {error}", FAILED)


def _fail(message: str, status: int) -> None:
    print(f"almanac: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(status)
