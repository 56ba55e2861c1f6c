"""What a terminal shows of a result."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from rich.table import Table

from bench.measuring import Load
from bench.rounds import Ratio, Series

__all__ = ["bars_table", "loads_table", "ratios_table", "series_table"]


def loads_table(title: str, loads: Iterable[Load]) -> Table:
    """A row a load."""
    table = _table(
        title,
        "load",
        "callers",
        "operations",
        "per second",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "worst ms",
        "failed",
    )
    for load in loads:
        table.add_row(
            load.name,
            str(load.callers or "open"),
            f"{load.operations:,}",
            f"{load.rate:,.0f}",
            f"{load.p50:.1f}",
            f"{load.p95:.1f}",
            f"{load.p99:.1f}",
            f"{load.worst:.1f}",
            str(load.failures),
        )
    return table


def series_table(title: str, series: Sequence[Series]) -> Table:
    """A row a contender: the median of its rounds, and between which rates they lay."""
    rounds = len(series[0].loads)
    table = _table(
        f"{title}, median of {rounds} rounds",
        "contender", "callers", "per second", "from - to", "p50 ms", "p99 ms", "failed",
    )  # fmt: skip
    for each in series:
        rates = each.values("rate")
        table.add_row(
            each.name,
            str(each.loads[0].callers or "open"),
            f"{median(rates):,.0f}",
            f"{min(rates):,.0f} - {max(rates):,.0f}",
            f"{median(each.values('p50')):.1f}",
            f"{median(each.values('p99')):.1f}",
            str(sum(load.failures for load in each.loads)),
        )
    return table


def ratios_table(ratios: Iterable[Ratio]) -> Table:
    """A row a ratio."""
    table = _table("Ratios, round by round", "ratio", "median", "lowest", "highest")
    for ratio in ratios:
        table.add_row(ratio.name, f"{ratio.median:.2f}", f"{ratio.lowest:.2f}", f"{ratio.highest:.2f}")
    return table


def bars_table(bars: Iterable[Mapping[str, Any]]) -> Table:
    """A row a bar that we set ourselves."""
    table = _table("Bars", "bar", "wanted", "measured", "")
    for bar in bars:
        table.add_row(bar["what"], bar["wanted"], f"{bar['value']:,g}", "met" if bar["met"] else "missed")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table
