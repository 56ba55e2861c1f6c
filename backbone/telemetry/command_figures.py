"""What a consumer of commands counts."""

from prometheus_client import Counter

from backbone.telemetry.letter_figures import LetterMetrics

__all__ = ["CommandFigures"]


class CommandFigures:
    """What one service's consumer of commands tells."""

    def __init__(self, commands: Counter, letters: LetterMetrics, service: str) -> None:
        self._service = service
        self._commands = commands
        self._letters = letters

    def answered(self, command: str, outcome: str) -> None:
        """``command``: a known one's name, else ``unknown``; ``outcome``: ``accepted`` or the problem."""
        self._commands.labels(self._service, command, outcome).inc()

    def parked(self, topic: str) -> None:
        """A record went to the dead letters."""
        self._letters.counted.labels(self._service, f"{self._service}.commands", topic, "poison").inc()
