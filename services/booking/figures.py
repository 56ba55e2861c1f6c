"""What booking counts for dashboards: outcomes and overrides, never anything of a patient."""

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
        self._children: dict[tuple[str, str], Counter] = {}

    def count(self, asked: str, outcome: Outcome, override: OverrideWanted | None = None) -> Outcome:
        """Counts a request; repetitions are none."""
        match outcome:
            case Accepted(repeated=False):
                self._outcome(asked, "accepted").inc()
                for rule in set(override.of) if override else ():
                    self._overrides.labels(rule).inc()
            case Refused(repeated=False):
                self._outcome(asked, outcome.refusal.type).inc()
        return outcome

    def _outcome(self, asked: str, came: str) -> Counter:
        """The labelled counter; looking one up in the library costs more than counting."""
        known = self._children.get((asked, came))
        if known is None:
            known = self._children[asked, came] = self._outcomes.labels(asked, came)
        return known
