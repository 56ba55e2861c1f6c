"""What an installation's processes use, by the part of it that they are."""

from collections.abc import Mapping, Sequence

import psutil

__all__ = ["memory", "part_of", "processor_time", "spent"]


def part_of(command: Sequence[str]) -> str:
    """Which part a process is, by its command line; a server's keeper counts with its server."""
    if "--part" in command:
        return command[command.index("--part") + 1]
    if "kafka.Kafka" in command:
        return "Kafka"
    return "PostgreSQL" if any("postgres" in word for word in command) else "up"


def processor_time(load: psutil.Process) -> dict[str, float]:
    """Seconds of processor time used so far by what ``load`` runs, by part, and by ``load`` itself."""
    used: dict[str, float] = {}
    for process in load.children(recursive=True):
        try:
            name = part_of(process.cmdline())
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used[name] = used.get(name, 0.0) + times.user + times.system
    own = load.cpu_times()
    used["load"] = own.user + own.system
    return used


def spent(before: Mapping[str, float], after: Mapping[str, float], operations: int) -> dict[str, float]:
    """Microseconds per operation."""
    return {
        name: round((after[name] - before.get(name, 0.0)) / operations * 1e6, 1)
        for name in sorted(after)
        if after[name] > before.get(name, 0.0)
    }


def memory(root: psutil.Process) -> dict[str, float]:
    """Resident memory in MB (10^6 bytes) of a process and all under it, by part.

    Where the system tells it (Linux), memory that processes share is counted once: proportional set sizes.
    Elsewhere it is counted in each of them.
    """
    sizes: dict[str, float] = {}
    for process in [root, *root.children(recursive=True)]:
        try:
            name = part_of(process.cmdline())
            told = process.memory_full_info()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        sizes[name] = sizes.get(name, 0.0) + getattr(told, "pss", told.rss) / 1e6
    return sizes
