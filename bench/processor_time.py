"""Where the processor's time goes: by process, in microseconds per operation."""

from collections.abc import Mapping

import psutil

from cli.installation import Installation

__all__ = ["processor_time", "spent"]


def processor_time(installation: Installation) -> dict[str, float]:
    """Seconds of processor time used so far by each part of an installation, its children included."""
    spent: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        try:
            name = _part(installation, process)
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent[name] = spent.get(name, 0.0) + times.user + times.system
    own = psutil.Process().cpu_times()
    spent["load"] = own.user + own.system
    return spent


def _part(installation: Installation, process: psutil.Process) -> str:
    for name, child in installation.children.items():
        if child.kept is not None and process.pid == child.kept.pid:
            return name
    line = " ".join(process.cmdline())
    if "kafka.Kafka" in line:
        return "Kafka"
    return "PostgreSQL" if "postgres" in line else "other"


def spent(before: Mapping[str, float], after: Mapping[str, float], operations: int) -> dict[str, float]:
    """Microseconds per operation."""
    return {
        name: round((after[name] - before.get(name, 0.0)) / operations * 1e6, 1)
        for name in sorted(after)
        if after[name] > before.get(name, 0.0)
    }
