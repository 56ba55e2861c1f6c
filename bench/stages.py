"""What came of each stage of an overload: who was accepted, who was refused, and how long they waited."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import floor

from matplotlib.figure import Figure
from rich.table import Table

from bench.flood import Flood, Shot
from bench.measuring import Load, percentile
from bench.plotting import BLUE, ORANGE, plain

__all__ = ["Stage", "back_after", "stage_figure", "stages_table", "windows"]

GREY = "#bbbbbb"
WINDOW_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Stage:
    """One rate, offered for a while."""

    name: str
    flood: Flood
    accepted: Load
    """Timed from when each was due; the rate is of those answered while requests were due."""
    refused: Load
    """503 with Retry-After, timed likewise."""
    neither: int
    accepted_p99_from_sent: float
    health_worst: float
    """Milliseconds that a question for the health took at most; infinite where it was answered otherwise."""
    cores: Mapping[str, float]
    """Processor seconds a second, by part; ``others``: what else ran on the machine."""

    @classmethod
    def of(cls, name: str, flood: Flood, cores: Mapping[str, float], probes: Sequence[float]) -> "Stage":
        """``probes``: seconds that questions for the health took; negative where the answer was no."""
        accepted = [shot for shot in flood.shots if shot.status == 201]
        refused = [shot for shot in flood.shots if shot.status == 503 and shot.told_when]
        neither = len(flood.shots) - len(accepted) - len(refused)
        unhealthy = any(seconds < 0 for seconds in probes)
        return cls(
            name,
            flood,
            _load(f"{name}, accepted", flood, accepted, neither),
            _load(f"{name}, refused", flood, refused, 0),
            neither,
            round(_p99([shot.done - shot.sent for shot in accepted]) * 1000, 1),
            float("inf") if unhealthy else round(max(probes, default=0.0) * 1000, 1),
            cores,
        )

    @property
    def offered(self) -> float:
        return len(self.flood.shots) / self.flood.seconds

    def as_dict(self) -> dict[str, object]:
        return {
            "name": self.name,
            "offered": round(self.offered, 1),
            "accepted": self.accepted.as_dict(),
            "refused": self.refused.as_dict(),
            "neither": self.neither,
            "accepted_p99_from_sent": self.accepted_p99_from_sent,
            "health_worst": self.health_worst,
            "connections": self.flood.connections,
            "cores": {name: round(cores, 2) for name, cores in self.cores.items()},
        }


def _load(name: str, flood: Flood, shots: Sequence[Shot], failures: int) -> Load:
    end = flood.began + flood.seconds
    load = Load.of(name, 0, flood.seconds, [shot.done - shot.due for shot in shots], failures)
    in_time = sum(shot.done <= end for shot in shots)
    return Load(**{**asdict(load), "rate": round(in_time / flood.seconds, 1)})


def _p99(seconds: Sequence[float]) -> float:
    return percentile(sorted(seconds) or [0.0], 99)


def windows(flood: Flood) -> list[float]:
    """p99 in milliseconds of what was accepted, by the half second in which it was due; 0: nothing was."""
    times: list[list[float]] = [[] for _ in range(max(1, floor(flood.seconds / WINDOW_SECONDS)))]
    for shot in flood.shots:
        place = int((shot.due - flood.began) / WINDOW_SECONDS)
        if shot.status == 201 and place < len(times):
            times[place].append(shot.done - shot.due)
    return [_p99(each) * 1000 for each in times]


def back_after(stage: Stage, wanted: float) -> float | None:
    """Seconds into the stage from which p99 stays within ``wanted`` milliseconds; None: at no time."""
    late = [place for place, p99 in enumerate(windows(stage.flood)) if not 0 < p99 <= wanted]
    from_place = late[-1] + 1 if late else 0
    return from_place * WINDOW_SECONDS if from_place < len(windows(stage.flood)) else None


def stages_table(stages: Sequence[Stage], saturated: Load) -> Table:
    """A row a stage, beside the saturated house."""
    table = Table(title="By what is offered")
    for column in ("offered", "/s", "done", "of sat.", "refused", "neither", "p50", "p99", "sent", "refusal",
                   "health", "lines"):  # fmt: skip
        table.add_column(column, justify="left" if column == "offered" else "right", no_wrap=True)
    for stage in stages:
        table.add_row(
            stage.name,
            f"{stage.offered:,.0f}",
            f"{stage.accepted.rate:,.0f}",
            f"{stage.accepted.rate / saturated.rate:.2f}",
            f"{stage.refused.rate:,.0f}",
            str(stage.neither),
            f"{stage.accepted.p50:,.0f}",
            f"{stage.accepted.p99:,.0f}",
            f"{stage.accepted_p99_from_sent:,.0f}",
            f"{stage.refused.p99:,.0f}",
            f"{stage.health_worst:,.0f}",
            str(stage.flood.connections),
        )
    return table


def stage_figure(stages: Sequence[Stage], saturated: Load) -> Figure:
    """Above, what was accepted and refused a second; below, p99 of what was accepted, by half seconds."""
    figure = Figure(figsize=(9, 5), layout="constrained")
    rates, times = figure.subplots(1, 2, width_ratios=[2, 3])
    names = [f"{stage.name}\n({stage.offered:,.0f}/s)" for stage in stages]
    done = [stage.accepted.rate for stage in stages]
    rates.bar(range(len(stages)), done, color=BLUE, label="accepted")
    rates.bar(range(len(stages)), [stage.refused.rate for stage in stages], bottom=done, color=GREY,
              label="refused")  # fmt: skip
    rates.axhline(saturated.rate, color=ORANGE, linestyle="--", label="saturated, 64 callers")
    rates.set_xticks(range(len(stages)), names, fontsize=8)
    rates.set_ylabel("per second")
    at = 0.0
    for stage in stages:
        p99 = windows(stage.flood)
        times.plot([at + n * WINDOW_SECONDS for n in range(len(p99))], p99, color=BLUE)
        times.axvline(at, color=GREY, linewidth=0.5)
        times.annotate(stage.name, (at, 1.0), xycoords=("data", "axes fraction"), fontsize=8)
        at += stage.flood.seconds
    times.axhline(saturated.p99, color=ORANGE, linestyle="--", label="p99, saturated")
    times.set_yscale("log")
    times.set_ylabel("ms, p99 of the accepted")
    times.set_xlabel("seconds")
    for axes in (rates, times):
        axes.legend(fontsize=8, frameon=False)
        plain(axes)
    return figure
