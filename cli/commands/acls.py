"""``almanac acls``: the rights on Kafka that Almanac itself needs, as lines for Kafka's own tool."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from backbone.rights import Right, arguments_of, operator_rights, service_rights
from cli.acl_lines import print_acls, require_principal
from cli.catalogue import ServiceClass, load
from cli.configuration import read_settings
from cli.errors import WRONG_USE, CliError
from cli.offline import offline
from cli.options import Json

__all__ = ["acls"]


def acls(
    principal: Annotated[str, typer.Option(help="Who gets them: User:almanac say.")],
    services: Annotated[
        list[str] | None, typer.Argument(help="booking, patient-flow, projections", show_default="all")
    ] = None,
    operator: Annotated[
        bool, typer.Option("--operator", help="Those of a person who runs these commands, instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the ACLs that services need on a broker that allows nothing by itself. Nothing is changed."""
    require_principal(principal)
    settings = read_settings()
    if operator and services:
        raise CliError("--operator is for no service: name the one or the other", WRONG_USE)
    if operator:
        rights = list(operator_rights(settings.topic_prefix))
    else:
        rights = asyncio.run(_of(load(services or ()), settings.topic_prefix))
    lines = [arguments_of(right, principal) for right in rights]
    if as_json:
        print(json.dumps(lines))
    else:
        print_acls(lines, settings.kafka_bootstrap)


async def _of(classes: Sequence[ServiceClass], prefix: str) -> list[Right]:
    rights: list[Right] = []
    async with offline(classes) as environment:
        for service in (make(environment) for make in classes):
            own = {topic.name for topic in service.topics}
            heard = {topic for projection in service.projections for topic in projection.topics}
            takes = bool(getattr(service, "commands", ()))
            rights += service_rights(service.name, own, heard, takes_commands=takes, prefix=prefix)
    return list(dict.fromkeys(rights))
