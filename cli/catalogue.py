"""The services that exist, each loaded only where it is needed."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from backbone.commanding.naming import Owners
from backbone.commanding.systems import MIGRATIONS as SYSTEMS_MIGRATIONS
from backbone.commanding.systems import SCHEMA as SYSTEMS
from backbone.dead_letters import dead_letter_topic
from backbone.service import Environment, Service
from backbone.topics import Topic
from cli.errors import WRONG_USE, CliError

__all__ = [
    "SCHEMAS",
    "SERVICES",
    "SYSTEMS",
    "VAULT",
    "ServiceClass",
    "command_owners",
    "load",
    "migrations_of",
    "topics_of",
]

SERVICES = {
    "booking": "services.booking.service:BookingService",
    "patient-flow": "services.patient_flow.service:PatientFlowService",
    "projections": "services.projections.service:ProjectionsService",
}
VAULT = "vault"
"""The schema of keys and access records; it belongs to the backbone, every service needs it."""
SCHEMAS = (VAULT, SYSTEMS, *(name.replace("-", "_") for name in SERVICES))
"""Every schema, known without loading a service: each has the service's name."""
_OF_THE_BACKBONE = {
    VAULT: Path(__file__).resolve().parents[1] / "backbone" / "privacy" / "migrations",
    SYSTEMS: SYSTEMS_MIGRATIONS,
}


class ServiceClass(Protocol):
    """A service before it is constructed."""

    name: str
    schema: str
    migrations: Path
    topics: Sequence[Topic]

    def __call__(self, environment: Environment) -> Service: ...


def load(names: Iterable[str] = ()) -> list[ServiceClass]:
    """The named services, or all; in the catalogue's order, each once."""
    wanted = set(names) or set(SERVICES)
    unknown = sorted(wanted - set(SERVICES))
    if unknown:
        known = ", ".join(SERVICES)
        raise CliError(f"there is no service {unknown[0]!r}: known are {known}", WRONG_USE)
    return [_load(place) for name, place in SERVICES.items() if name in wanted]


def command_owners() -> Owners:
    """Who carries out which commands, as all services say, whichever of them run in this process."""
    takers = {name: getattr(_load(place), "commands", {}) for name, place in SERVICES.items()}
    return Owners({command: service for service, some in takers.items() for command in some}, "booking")


def migrations_of(services: Iterable[ServiceClass]) -> dict[str, Path]:
    """Folders of migrations by schema, the backbone's own among them."""
    return {**_OF_THE_BACKBONE, **{service.schema: service.migrations for service in services}}


def topics_of(services: Iterable[ServiceClass]) -> list[Topic]:
    """Every topic that the services own, and its dead-letter topic."""
    topics = [topic for service in services for topic in service.topics]
    return [*topics, *map(dead_letter_topic, topics)]


def _load(place: str) -> ServiceClass:
    module, _, name = place.partition(":")
    return cast(ServiceClass, getattr(import_module(module), name))
