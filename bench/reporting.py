"""A benchmark's result: printed as tables, kept as JSON and as a picture."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from bench.measuring import Load, Machine
from bench.plotting import loads_figure, save, series_figure
from bench.rounds import Ratio, Series
from bench.tables import bars_table, loads_table, ratios_table, series_table

__all__ = ["Bar", "Kept", "Result", "publish"]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a result is kept; None: nowhere."""

    json: Path | None = None
    plot: Path | None = None
    """A picture: SVG, PNG or PDF, by the name's ending."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A goal that we set ourselves, and what was measured."""

    what: str
    unit: str
    limit: float
    value: float
    at_least: bool = False
    """The value shall reach the limit; otherwise it shall stay below."""

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value < self.limit

    def as_dict(self) -> dict[str, Any]:
        wanted = "at least" if self.at_least else "below"
        return {
            "what": self.what,
            "wanted": f"{wanted} {self.limit:,g} {self.unit}".strip(),
            "value": self.value,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """All that one run found."""

    title: str
    command: str
    loads: Sequence[Load] = ()
    series: Sequence[Series] = ()
    """Of contenders that were measured alternately."""
    ratios: Sequence[Ratio] = ()
    tables: Sequence[Table] = ()
    """What else the terminal shows."""
    bars: Sequence[Bar] = ()
    notes: Sequence[str] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    """What only the JSON tells."""


def publish(result: Result, kept: Kept, console: Console, figure: Figure | None = None) -> None:
    """Prints one run, and keeps it beside the machine, date and command.

    ``figure``: drawn where the loads themselves are not the picture.
    """
    machine = Machine.here()
    date = datetime.now(UTC).date().isoformat()
    if result.loads:
        console.print(loads_table(result.title, result.loads))
    if result.series:
        console.print(series_table(result.title, result.series))
    if result.ratios:
        console.print(ratios_table(result.ratios))
    for table in result.tables:
        console.print(table)
    if result.bars:
        console.print(bars_table([bar.as_dict() for bar in result.bars]))
    for line in (f"{machine} · {date} · {result.command}", *result.notes):
        console.print(f"[dim]{line}[/dim]", highlight=False)
    if kept.json is not None:
        kept.json.parent.mkdir(parents=True, exist_ok=True)
        kept.json.write_text(json.dumps(_as_dict(result, str(machine), date), indent=2) + "\n")
    if kept.plot is not None:
        drawn = figure or (series_figure(result.series) if result.series else loads_figure(result.loads))
        save(drawn, result.title, f"{machine} · {date} · {result.command}", kept.plot)


def _as_dict(result: Result, machine: str, date: str) -> dict[str, object]:
    told: dict[str, object] = {
        "title": result.title,
        "command": result.command,
        "date": date,
        "machine": machine,
    }
    for name, entries in (
        ("loads", result.loads),
        ("series", result.series),
        ("ratios", result.ratios),
        ("bars", result.bars),
    ):
        if entries:
            told[name] = [entry.as_dict() for entry in entries]
    return {**told, **result.details, "notes": list(result.notes)}
