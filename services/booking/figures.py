"""What booking counts for dashboards: outcomes and overrides, never anything of a patient."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter

from backbone.store.decision import Accepted, Outcome, Refused
from services.booking.commands.appointments import OverrideWanted

__all__ = ["Figures"]


class Figures:
    """Counters of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._outcomes = Counter(
            "almanac_booking_requests",
            "Requests for a time (hold, book, move) by what was asked and what came of it.",
            ("asked", "outcome"),
            registry=registry,
        )
        self._overrides = Counter(
            "almanac_booking_overrides",
            "Rules set aside on purpose in bookings that were accepted.",
            ("rule",),
            registry=registry,
        )
        # A child is looked up once: that costs more than counting.
        self._outcome = cache(self._outcomes.labels)
        self._conflicts = Counter(
            "almanac_booking_conflicts",
            "Requests refused because of something taken, by its kind; one may have several.",
            ("kind",),
            registry=registry,
        )

    def count(self, asked: str, outcome: Outcome, override: OverrideWanted | None = None) -> Outcome:
        """Counts a request; repetitions are none."""
        match outcome:
            case Accepted(repeated=False):
                self._outcome(asked, "accepted").inc()
                for rule in set(override.of) if override else ():
                    self._overrides.labels(rule).inc()
            case Refused(repeated=False):
                for kind in {conflict.kind for conflict in outcome.conflicts}:
                    self._conflicts.labels(kind).inc()
                self._outcome(asked, outcome.refusal.type).inc()
        return outcome
