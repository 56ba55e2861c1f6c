"""Figures for Prometheus that the backbone counts: what each is called, and who may add to it.

Labels are services, projections, topics, kinds of outcome: few and known beforehand, never an id. What is
told once a batch costs a request nothing; a labelled child is looked up once, which is most of the cost.
"""

from prometheus_client import CollectorRegistry, Counter

from backbone.telemetry.command_figures import CommandFigures
from backbone.telemetry.letter_figures import LetterMetrics
from backbone.telemetry.pools import PoolCollector
from backbone.telemetry.projection_figures import ProjectionFigures, ProjectionMetrics
from backbone.telemetry.relay_figures import RelayFigures, RelayMetrics
from backbone.telemetry.store_figures import StoreFigures, StoreMetrics

__all__ = ["Metrics"]


class Metrics:
    """The figures of one process. Services share them, each under its label ``service``."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.pools = PoolCollector()
        self.registry.register(self.pools)
        self._store = StoreMetrics(self.registry)
        self._relay = RelayMetrics(self.registry)
        self._projection = ProjectionMetrics(self.registry)
        self._letters = LetterMetrics(self.registry)
        self._commands = Counter(
            "almanac_commands",
            "Commands of other systems that were answered, by what came of them.",
            ("service", "command", "outcome"),
            registry=self.registry,
        )

    def store(self, service: str) -> StoreFigures:
        """For the batcher of a service's store."""
        return StoreFigures(self._store, self.pools, service)

    def relay(self, service: str) -> RelayFigures:
        """For a service's relay."""
        return RelayFigures(self._relay, service)

    def projections(self, service: str) -> ProjectionFigures:
        """For the projections of a service."""
        return ProjectionFigures(self._projection, self._letters, service)

    def commands(self, service: str) -> CommandFigures:
        """For a service's consumer of commands."""
        return CommandFigures(self._commands, self._letters, service)
