"""A benchmark's picture: how much, and how long it took."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.measuring import Load

__all__ = ["draw"]

BLUE, ORANGE = "#33658a", "#f26419"


def draw(title: str, caption: str, loads: Sequence[Load], into: Path) -> None:
    """Rates on the left, median and 99th percentile on the right (logarithmic), one row a load."""
    mpl.rcParams["svg.hashsalt"] = "almanac"
    figure = Figure(figsize=(9, 1.4 + 0.42 * len(loads)), layout="constrained")
    rates, times = figure.subplots(1, 2, sharey=True)
    names = [_name(load) for load in loads]
    places = range(len(loads))

    rates.barh(places, [load.rate for load in loads], color=BLUE, height=0.6)
    rates.set_yticks(places, names)
    rates.invert_yaxis()
    rates.set_xlabel("per second")
    for place, load in zip(places, loads, strict=True):
        rates.annotate(f" {load.rate:,.0f}", (load.rate, place), va="center", fontsize=8)
    rates.margins(x=0.18)

    for place, load in zip(places, loads, strict=True):
        times.plot([load.p50, load.p99], [place, place], color="#999999", zorder=1)
    times.scatter([load.p50 for load in loads], places, color=BLUE, label="median", zorder=2)
    times.scatter([load.p99 for load in loads], places, color=ORANGE, label="99th percentile", zorder=2)
    times.set_xscale("log")
    times.set_xlabel("milliseconds")
    times.legend(loc="upper right", fontsize=8, frameon=False)

    for axes in (rates, times):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    figure.supxlabel(caption, fontsize=7, color="#666666")
    into.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(into, metadata={"Date": None} if into.suffix == ".svg" else None)


def _name(load: Load) -> str:
    if not load.callers:
        return load.name
    return f"{load.name}, {load.callers} caller{'s' if load.callers > 1 else ''}"
