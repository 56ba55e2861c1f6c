"""Figures for Prometheus: counts and durations by route template, never by path or caller."""

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import Scope

__all__ = ["HttpMetrics"]

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))


class HttpMetrics:
    """``almanac_http_requests_total`` and ``almanac_http_request_seconds``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "almanac_http_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "almanac_http_request_seconds",
            "From the first byte of a request to the last of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )

        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts one request that took ``seconds``; ``status`` 0: broken off before its answer."""
        route = getattr(scope.get("route"), "path", None) or "none"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        requests, durations = self._child(method, route, status)
        requests.inc()
        durations.observe(seconds)

    def _child(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        """The labelled figures; looking one up in the library costs more than counting."""
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._requests.labels(method, route, str(status)), self._seconds.labels(route)
            self._children[key] = child
        return child
