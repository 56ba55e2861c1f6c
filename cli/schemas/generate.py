"""Every document, from the composed services and the routes that they have together."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.catalogue import ServiceClass
from cli.schemas import COMMITTED_SOURCE
from cli.schemas.asyncapi import asyncapi
from cli.schemas.commands import command_schema, command_type, forms_of
from cli.schemas.compatibility import Schema
from cli.schemas.events import event_schema, recorded_events
from cli.schemas.tree import COMMANDS, EVENTS, with_history

__all__ = ["generate"]


def generate(
    services: Sequence[ServiceClass], openapi: Mapping[str, Any], folder: Path, source: str = COMMITTED_SOURCE
) -> dict[str, Schema]:
    """The documents by path below ``folder``, which is asked for the event types of earlier releases only."""
    recorded = recorded_events(f"services.{service.schema}" for service in services)
    events = with_history(
        {f"{EVENTS}{event.event_type()}.json": event_schema(event, source) for event in recorded}, folder
    )
    forms = forms_of(services)
    commands = {command_type(name): command_schema(name, form, source) for name, form in forms.items()}
    kinds = {path.removeprefix(EVENTS).removesuffix(".json"): schema for path, schema in events.items()}
    return {
        **events,
        **{f"{COMMANDS}{kind}.json": schema for kind, schema in commands.items()},
        "asyncapi.yaml": asyncapi(services, kinds, source, openapi["info"]["version"], commands),
        "openapi.json": openapi,
    }
