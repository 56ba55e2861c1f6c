"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Data", "Json"]

Data = Annotated[Path | None, typer.Option(help="Data directory of the running installation.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
