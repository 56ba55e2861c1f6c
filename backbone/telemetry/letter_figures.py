"""What was set aside, by whichever consumer."""

from prometheus_client import CollectorRegistry, Counter, Gauge

__all__ = ["LetterMetrics"]


class LetterMetrics:
    """Of all consumers in a process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        names = ("service", "consumer", "topic")
        self.counted = Counter(
            "almanac_dead_letters",
            "Records set aside: poison, or behind one of their key.",
            (*names, "cause"),
            registry=registry,
        )
        self.parked = Gauge(
            "almanac_dead_letters_parked", "Records that are set aside now.", names, registry=registry
        )
