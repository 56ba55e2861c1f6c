"""A benchmark's result: printed as a table, kept as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measuring import Load, Machine

__all__ = ["publish"]


def publish(
    title: str,
    command: str,
    loads: Sequence[Load],
    *,
    into: Path | None,
    console: Console,
    notes: Sequence[str] = (),
) -> dict[str, object]:
    """Prints the loads of one run and, with ``into``, writes them beside the machine, date and command."""
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
    if into is not None:
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(json.dumps(result, indent=2) + "\n")
    return result
