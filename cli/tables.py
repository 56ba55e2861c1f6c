"""Tables on standard output."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

__all__ = ["print_table"]


def print_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """On standard output; into a file or pipe as wide as it likes."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*(_plain(row[column]) for column in columns))
    Console(width=None if Console().is_terminal else 200).print(table)


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.isoformat(" ", "seconds") if isinstance(value, datetime) else str(value)
