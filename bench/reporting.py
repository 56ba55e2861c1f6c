"""A benchmark's result: printed as a table, kept as JSON and as a picture."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measuring import Load, Machine
from bench.plotting import draw

__all__ = ["Kept", "publish"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a result is kept; None: nowhere."""

    json: Path | None = None
    plot: Path | None = None
    """A picture: SVG, PNG or PDF, by the name's ending."""


def publish(
    title: str,
    command: str,
    loads: Sequence[Load],
    *,
    kept: Kept,
    console: Console,
    notes: Sequence[str] = (),
) -> None:
    """Prints the loads of one run, and keeps them beside the machine, date and command."""
    machine = Machine.here()
    table = Table("load", "callers", "operations", "per second", "p50 ms", "p99 ms", "worst ms", "failed")
    table.title = title
    for load in loads:
        table.add_row(
            load.name,
            str(load.callers or "open"),
            f"{load.operations:,}",
            f"{load.rate:,.0f}",
            f"{load.p50:.1f}",
            f"{load.p99:.1f}",
            f"{load.worst:.1f}",
            str(load.failures),
        )
    console.print(table)
    console.print(f"[dim]{machine} · {command}[/dim]")
    for note in notes:
        console.print(f"[dim]{note}[/dim]")
    result: dict[str, object] = {
        "title": title,
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": str(machine),
        "loads": [load.as_dict() for load in loads],
        "notes": list(notes),
    }
    if kept.json is not None:
        kept.json.parent.mkdir(parents=True, exist_ok=True)
        kept.json.write_text(json.dumps(result, indent=2) + "\n")
    if kept.plot is not None:
        draw(title, f"{machine} · {result['date']} · {command}", loads, kept.plot)
