"""An embedded Kafka as a hospital runs it: who logs in, and may do only what an ACL allows."""

import shlex
from argparse import ArgumentParser
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from backbone.embedded.datadir import DataDir
from backbone.embedded.kafka import EmbeddedKafka
from backbone.embedded.ports import LOOPBACK, choose_ports
from backbone.kafka import Kafka
from tests.support.waiting import eventually

__all__ = ["ADMIN", "GuardedKafka"]

ADMIN = "admin"
"""Who may do everything, and the only one."""
LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
RESOURCES = {"topic": 2, "group": 3, "transactional_id": 5}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
LITERAL, PREFIXED, ALLOW = 3, 4, 3


class GuardedKafka(EmbeddedKafka):
    """Has a second listener, with SASL (PLAIN). Who comes by the first one, which has none, is nobody.

    A user's password is the user's name, twice.
    """

    users = (
        *(ADMIN, "lab", "billing", "stranger", "operator"),
        *("booking", "patient-flow", "projections", "sample"),
    )

    def __init__(self, data: DataDir) -> None:
        super().__init__(data)
        self.guarded_port = 0

    def kafka(self, user: str | None, topic_prefix: str = "") -> Kafka:
        """The way in of a user; None: without any."""
        if user is None:
            return Kafka(self.bootstrap, topic_prefix)
        return Kafka(
            f"{LOOPBACK}:{self.guarded_port}", topic_prefix, "SASL_PLAINTEXT", "PLAIN", user, user * 2
        )

    async def allow(self, lines: Iterable[str]) -> None:
        """Adds the ACLs of lines for Kafka's own tool: as they are printed, or its arguments alone."""
        await self._alter(lines, remove=False)

    async def withdraw(self, lines: Iterable[str]) -> None:
        """Removes the ACLs of such lines."""
        await self._alter(lines, remove=True)

    async def _alter(self, lines: Iterable[str], *, remove: bool) -> None:
        admin = AIOKafkaAdminClient(**self.kafka(ADMIN).options())
        await admin.start()
        try:
            for line in lines:
                for acl in _acls(line):
                    await _send(admin, DeleteAclsRequest(*acl) if remove else CreateAclsRequest(*acl))
                    await eventually(partial(_is_so, admin, acl, there=not remove))
        finally:
            await admin.close()

    def _configure(self, port: int, controller_port: int) -> Path:
        properties = super()._configure(port, controller_port)
        # Of two lines with one name the last one counts.
        with properties.open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in self._guard(port, controller_port).items())
        return properties

    def _guard(self, port: int, controller_port: int) -> dict[str, str]:
        self.guarded_port = choose_ports(self._data.path / "ports.json", ["guarded"])["guarded"]
        open_, guarded = f"PLAINTEXT://{LOOPBACK}:{port}", f"GUARDED://{LOOPBACK}:{self.guarded_port}"
        known = " ".join(f'user_{user}="{user * 2}"' for user in self.users)
        login = f'{LOGIN} username="{ADMIN}" password="{ADMIN * 2}" {known};'
        return {
            "listeners": f"{open_},{guarded},CONTROLLER://{LOOPBACK}:{controller_port}",
            "advertised.listeners": f"{open_},{guarded}",
            "listener.security.protocol.map": (
                "PLAINTEXT:PLAINTEXT,GUARDED:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
            ),
            "inter.broker.listener.name": "GUARDED",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.guarded.plain.sasl.jaas.config": login,
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": login,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{ADMIN}",
        }


def _acls(line: str) -> list[tuple[Any, ...]]:
    """What one line says, in the numbers of Kafka's protocol. What the tool does not know is an error."""
    said = _parser().parse_args(shlex.split(line.removeprefix("kafka-acls.sh ")))
    pattern = PREFIXED if said.resource_pattern_type == "prefixed" else LITERAL
    return [
        (RESOURCES[resource], name, pattern, said.allow_principal, "*", OPERATIONS[operation], ALLOW)
        for resource in RESOURCES
        for name in getattr(said, resource)
        for operation in said.operation
    ]


def _parser() -> ArgumentParser:
    parser = ArgumentParser(allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--bootstrap-server")
    parser.add_argument("--command-config")
    parser.add_argument("--add", action="store_true", required=True)
    parser.add_argument("--allow-principal", required=True)
    parser.add_argument("--operation", action="append", required=True, choices=OPERATIONS)
    parser.add_argument("--resource-pattern-type", choices=("literal", "prefixed"))
    for resource in RESOURCES:
        parser.add_argument(f"--{resource.replace('_', '-')}", action="append", default=[])
    return parser


async def _send(admin: AIOKafkaAdminClient, request: CreateAclsRequest | DeleteAclsRequest) -> None:
    answer = await admin._send_request(request)
    (said,) = answer.to_object().get("creation_responses") or answer.to_object()["filter_responses"]
    if said["error_code"]:
        raise for_code(said["error_code"])(said["error_message"])


async def _is_so(admin: AIOKafkaAdminClient, acl: tuple[Any, ...], *, there: bool) -> bool:
    """The controller answers before its broker goes by it."""
    answer = await admin._send_request(DescribeAclsRequest(*acl))
    return bool(answer.resources) == there
