"""``almanac token``: an access token for development, and nothing else, on standard output."""

from typing import Annotated, cast
from uuid import UUID

import typer

from backbone.clock import SystemClock
from backbone.web.caller import ROLES, Role
from backbone.web.devtokens import issue_dev_token
from cli.configuration import data_dir, read_settings
from cli.errors import WRONG_USE, CliError
from cli.options import Data

__all__ = ["token"]


def token(
    role: Annotated[list[str], typer.Option(help=f"May be given several times: {', '.join(sorted(ROLES))}.")],
    subject: Annotated[str, typer.Option(help="Who calls.")] = "developer",
    facility: Annotated[list[UUID] | None, typer.Option(help="Only these facilities; else all.")] = None,
    patient: Annotated[list[UUID] | None, typer.Option(help="For --role patient: who it is.")] = None,
    data: Data = None,
) -> None:
    """Print a development access token, which is taken for 12 hours. Only where development mode is on
    (ALMANAC_DEV=1)."""
    settings = read_settings()
    folder = data_dir(settings, data)
    if not settings.dev:
        raise CliError("development mode is off: set ALMANAC_DEV=1, here and for almanac up", WRONG_USE)
    if not folder.is_dir():
        raise CliError(
            f"there is no data directory {folder}: start almanac up first, or give --data", WRONG_USE
        )
    unknown = set(role) - ROLES
    if unknown:
        raise CliError(f"there is no role {min(unknown)!r}", WRONG_USE)
    if set(role) == {"patient"} and not patient:
        raise CliError("a patient's token needs --patient", WRONG_USE)
    print(
        issue_dev_token(
            folder,
            cast(list[Role], role),
            SystemClock(),
            subject=subject,
            facility_ids=facility or None,
            patient_ids=patient or (),
        )
    )
