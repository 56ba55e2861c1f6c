"""One door for each kind of request, so that none keeps another out."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from starlette.types import Scope

from backbone.web.door import Door

__all__ = ["Doors", "KINDS"]

KINDS: Final = ("writes", "reads", "at-least")
"""The last: what waits until a view shows enough, so that a view which is late keeps nothing else out."""
_NOT_LIMITED: Final = frozenset(("/health/live", "/health/ready", "/metrics"))
_READS: Final = frozenset(("GET", "HEAD"))


class Doors:
    """Of one process. Health and metrics pass by them."""

    def __init__(self, registry: CollectorRegistry, doors: Mapping[str, Door] | None = None) -> None:
        """``doors``: of each of ``KINDS``, if not the usual ones."""
        self._doors = doors or {kind: Door() for kind in KINDS}
        turned_away = Counter(
            "almanac_http_turned_away",
            "Requests that were refused before work on them began, because too many were at work.",
            ("kind",),
            registry=registry,
        )
        self._turned_away = {door: turned_away.labels(kind) for kind, door in self._doors.items()}

    def of(self, scope: Scope) -> Door | None:
        """Which one the request comes to; None: it passes by."""
        if scope["path"] in _NOT_LIMITED:
            return None
        if b"at_least=" in scope["query_string"]:
            return self._doors["at-least"]
        return self._doors["reads" if scope["method"] in _READS else "writes"]

    def turned_away(self, door: Door) -> None:
        """Counts one at that door."""
        self._turned_away[door].inc()
