"""Figures for Prometheus: counts and durations by route template, never by path or caller."""

from typing import Final

from prometheus_client import CollectorRegistry, Histogram

__all__ = ["HttpMetrics"]

_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_METHODS: Final = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))


class HttpMetrics:
    """``almanac_http_request_seconds``, which counts requests as well."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "almanac_http_request_seconds",
            "From the first byte of a request to the last of its answer; status 0: broken off.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request. ``route``: its template; ``status`` 0: broken off before its answer."""
        child = self._children.get((method, route, status))
        if child is None:
            # Looking one up in the library costs more than counting.
            known = method if method in _METHODS else "other"
            child = self._seconds.labels(known, route, str(status))
            if known == method:
                self._children[method, route, status] = child
        child.observe(seconds)
