"""What a relay counts: its transactions, and how far it is behind."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from backbone.telemetry.buckets import DELAYS, SECONDS, SIZES

__all__ = ["RelayFigures", "RelayMetrics"]


class RelayMetrics:
    """Of all relays in a process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.leading = Gauge(
            "almanac_relay_leading", "1 where this process publishes.", ("service",), registry=registry
        )
        self.position = Gauge(
            "almanac_relay_position",
            "Everything up to this position of the store is on Kafka.",
            ("service",),
            registry=registry,
        )
        self.backlog = Gauge(
            "almanac_relay_backlog_events",
            "Committed events that are not on Kafka yet.",
            ("service",),
            registry=registry,
        )
        self.page = Histogram(
            "almanac_relay_page_events",
            "Events in one Kafka transaction.",
            ("service",),
            buckets=SIZES,
            registry=registry,
        )
        self.publish = Histogram(
            "almanac_relay_publish_seconds",
            "One Kafka transaction, from its begin to its commit.",
            ("service",),
            buckets=SECONDS,
            registry=registry,
        )
        self.delay = Histogram(
            "almanac_relay_delay_seconds",
            "From an event's commit in the store to its commit on Kafka; of each transaction, the oldest.",
            ("service",),
            buckets=DELAYS,
            registry=registry,
        )
        self.failures = Counter(
            "almanac_relay_failures",
            "How often the relay had to begin anew, by the kind of error.",
            ("service", "reason"),
            registry=registry,
        )


class RelayFigures:
    """What one relay tells, once a page, and what is measured of it now and then."""

    def __init__(self, relay: RelayMetrics, service: str) -> None:
        self._leading = relay.leading.labels(service)
        self._position = relay.position.labels(service)
        self._backlog = relay.backlog.labels(service)
        self._page = relay.page.labels(service)
        self._publish = relay.publish.labels(service)
        self._delay = relay.delay.labels(service)
        self._failure = cache(lambda reason: relay.failures.labels(service, reason))

    def leads(self, leads: bool) -> None:
        """Whether this process is the one that publishes."""
        self._leading.set(leads)

    def published(self, events: int, seconds: float, delay: float, position: int) -> None:
        """A page is on Kafka; ``delay``: since its first event's commit."""
        self._page.observe(events)
        self._publish.observe(seconds)
        self._delay.observe(max(delay, 0.0))
        self._position.set(position)

    def stands(self, position: int, head: int) -> None:
        """How far any relay of the service has come, and the store's last position."""
        self._position.set(position)
        self._backlog.set(max(head - position, 0))

    def failed(self, reason: str) -> None:
        """It begins anew, because of an error of this kind."""
        self._failure(reason).inc()
