"""Whether a request may begin: a queue for each kind, so that none keeps another out."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter
from starlette.types import Scope

from backbone.web.admission_queue import AdmissionQueue

__all__ = ["MOST_WAITING", "Admission", "Kind"]

Kind = Literal["writes", "reads", "at-least"]
"""The last: what waits until a view shows enough, so that a view which is late keeps nothing else out."""
MOST_WAITING: Final = 512
"""Of those at a time: they wait for another's work, and cost none."""
_NOT_LIMITED: Final = frozenset(("/health/live", "/health/ready", "/metrics"))
_READS: Final = frozenset(("GET", "HEAD"))


class Admission:
    """Of one process. Health and metrics are always admitted."""

    def __init__(
        self, registry: CollectorRegistry, queues: Mapping[Kind, AdmissionQueue] | None = None
    ) -> None:
        """``queues``: of every kind, where not the usual ones."""
        self._queues: Mapping[Kind, AdmissionQueue] = queues or {
            "writes": AdmissionQueue(),
            "reads": AdmissionQueue(),
            "at-least": AdmissionQueue(MOST_WAITING),
        }
        refusals = Counter(
            "almanac_http_not_admitted",
            "Requests that were refused before work on them began, because too many were at work.",
            ("kind",),
            registry=registry,
        )
        self._refusals = {kind: refusals.labels(kind) for kind in get_args(Kind)}

    def kind_of(self, scope: Scope) -> Kind | None:
        """None: it is not limited."""
        if scope["path"] in _NOT_LIMITED:
            return None
        if b"at_least=" in scope["query_string"]:
            return "at-least"
        return "reads" if scope["method"] in _READS else "writes"

    def queue(self, kind: Kind) -> AdmissionQueue:
        """Where requests of this kind come."""
        return self._queues[kind]

    def count_refusal(self, kind: Kind) -> None:
        """One of this kind was not admitted."""
        self._refusals[kind].inc()
