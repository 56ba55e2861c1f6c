"""Benchmarks' pictures: how much, and how long it took."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.measuring import Load
from bench.rounds import Series

__all__ = ["BLUE", "ORANGE", "loads_figure", "plain", "save", "series_figure"]

BLUE, ORANGE, GREY = "#33658a", "#f26419", "#999999"


def loads_figure(loads: Sequence[Load]) -> Figure:
    """Rates on the left, median and 99th percentile on the right (logarithmic), one row a load."""
    figure, (rates, times) = _rows([_name(load) for load in loads])
    places = range(len(loads))
    rates.barh(places, [load.rate for load in loads], color=BLUE, height=0.6)
    for place, load in zip(places, loads, strict=True):
        rates.annotate(f" {load.rate:,.0f}", (load.rate, place), va="center", fontsize=8)
        times.plot([load.p50, load.p99], [place, place], color=GREY, zorder=1)
    rates.margins(x=0.18)
    times.scatter([load.p50 for load in loads], places, color=BLUE, label="median", zorder=2)
    times.scatter([load.p99 for load in loads], places, color=ORANGE, label="99th percentile", zorder=2)
    times.legend(loc="best", fontsize=8, frameon=False)
    return figure


def series_figure(series: Sequence[Series]) -> Figure:
    """As ``loads_figure``, with a dot for every round: the spread is part of the figure."""
    figure, (rates, times) = _rows([each.name for each in series])
    for place, each in enumerate(series):
        values = each.values("rate")
        rates.barh(place, median(values), color=BLUE, alpha=0.35, height=0.6)
        rates.scatter(values, [place] * len(values), color=BLUE, s=12)
        rates.annotate(f"  {median(values):,.0f}", (max(values), place), va="center", fontsize=8)
        for name, color in (("p50", BLUE), ("p99", ORANGE)):
            shown = {"p50": "median", "p99": "99th percentile"}[name] if place == 0 else None
            values = each.values(name)
            times.scatter(values, [place] * len(values), color=color, s=12, label=shown)
    rates.margins(x=0.18)
    times.legend(loc="best", fontsize=8, frameon=False)
    return figure


def plain(axes: Axes) -> None:
    """Without the frame's upper and right line."""
    axes.spines[["top", "right"]].set_visible(False)


def save(figure: Figure, title: str, caption: str, into: Path) -> None:
    """Writes the picture; the same figures give the same bytes."""
    mpl.rcParams["svg.hashsalt"] = "almanac"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    figure.supxlabel(caption, fontsize=7, color="#666666")
    into.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(into, metadata={"Date": None} if into.suffix == ".svg" else None)


def _rows(names: Sequence[str]) -> tuple[Figure, tuple[Axes, Axes]]:
    figure = Figure(figsize=(9, 1.4 + 0.42 * len(names)), layout="constrained")
    rates, times = figure.subplots(1, 2, sharey=True)
    rates.set_yticks(range(len(names)), names)
    rates.invert_yaxis()
    rates.set_xlabel("per second")
    times.set_xscale("log")
    times.set_xlabel("milliseconds")
    for axes in (rates, times):
        plain(axes)
    return figure, (rates, times)


def _name(load: Load) -> str:
    if not load.callers:
        return load.name
    return f"{load.name}, {load.callers} caller{'s' if load.callers > 1 else ''}"
