"""Almanac on a guarded broker: each service as a user of its own, an operator, and two registered systems."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from backbone.commanding.commanding import Commanding
from backbone.kafka import Kafka
from backbone.store.migrating import migrate
from backbone.telemetry.metrics import Metrics
from cli.app import build
from services.patient_flow.service import PatientFlowService
from services.projections.service import ProjectionsService
from tests.services.booking.serving import ROOT, Front, open_front_on
from tests.support.guarded_kafka import GuardedKafka
from tests.support.other_system import OtherSystem, connected, prepare_commanding

__all__ = ["SYSTEMS", "House", "open_house"]

SYSTEMS = ("lab", "billing")
SERVICES = ("booking", "patient-flow", "projections")


@dataclass
class House:
    """What a test sees."""

    guarded: GuardedKafka
    prefix: str
    front: Front
    commanding: Commanding
    acls: Mapping[str, Sequence[str]]
    """By user: the lines that were printed for it."""

    def kafka(self, user: str | None) -> Kafka:
        """As this user."""
        return self.guarded.kafka(user, self.prefix)

    @asynccontextmanager
    async def system(self, name: str) -> AsyncIterator[OtherSystem]:
        """A registered system, with no rights but its own."""
        async with connected(self.kafka(name), name, self.commanding, hears_letters=False) as system:
            yield system


@asynccontextmanager
async def open_house(database: str, guarded: GuardedKafka, prefix: str, folder: Path) -> AsyncIterator[House]:
    """Rights are those that Almanac's own commands print, and no others."""
    commanding = await prepare_commanding(database, ROOT)
    operator = guarded.kafka("operator")
    (folder / "password").write_text("operator" * 2 + "\n")
    settings = {
        "DATABASE_URL": database,
        "KAFKA_BOOTSTRAP": operator.bootstrap,
        "KAFKA_SECURITY_PROTOCOL": operator.security_protocol,
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_SASL_USERNAME": "operator",
        "KAFKA_SASL_PASSWORD_FILE": str(folder / "password"),
        "TOPIC_PREFIX": prefix,
    }
    commands = {
        "operator": "acls --operator --principal User:operator",
        "": "topics",
        **{name: f"system register {name} --principal User:{name}" for name in SYSTEMS},
        **{name: f"acls {name} --principal User:{name}" for name in SERVICES},
    }
    acls: dict[str, list[str]] = {}
    for user, line in commands.items():
        printed = await asyncio.to_thread(_run, line, settings)
        acls[user] = [each for each in printed.splitlines() if each.startswith("kafka-acls")]
        await guarded.allow(acls[user])
    async with AsyncExitStack() as stack:
        kafka = guarded.kafka("booking", prefix)
        front = await stack.enter_async_context(open_front_on(database, kafka, folder, commanding))
        for service in (PatientFlowService, ProjectionsService):
            await migrate(database, service.schema, service.migrations)
            environment = replace(
                front.environment,
                kafka=guarded.kafka(service.name, prefix),
                database_urls={**front.environment.database_urls, service.schema: database},
                metrics=Metrics(),
            )
            await stack.enter_async_context(service(environment).workers())
        await front.facility("Main")
        await front.visit_type("check-up")
        await front.resource("Adams", "Main")
        await front.patient("Alba", "Ann Maria")
        yield House(guarded, prefix, front, commanding, acls)


def _run(line: str, settings: Mapping[str, str]) -> str:
    """What one of Almanac's commands prints, run by the operator; in this process, for the sake of time."""
    environment = {f"ALMANAC_{name}": value for name, value in settings.items()}
    name, *_ = arguments = line.split()
    with patch.dict(os.environ, environment), redirect_stdout(StringIO()) as printed:
        assert not build([name])(arguments, standalone_mode=False)
    return printed.getvalue()
