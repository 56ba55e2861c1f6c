"""What a service brings along to carry out commands: a handler for each type that is its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json

from backbone.commanding.opening import Secret
from backbone.store.decision import Outcome
from backbone.store.store import Store
from backbone.web.bodies import read_json
from backbone.web.caller import Role
from backbone.web.calling import Call
from backbone.web.problems import Problem

__all__ = [
    "WORKS_AT_CLINIC",
    "Asked",
    "Commands",
    "Form",
    "Handle",
    "Handler",
    "nothing_to_look_up",
    "take_id",
]

Model = TypeVar("Model", bound=BaseModel)

WORKS_AT_CLINIC: Final[frozenset[Role]] = frozenset(("scheduler", "front-desk", "clinician", "system"))
"""Of the roles that a system can have, those that may send any of the present commands."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that may be carried out: permitted and not expired, with its secret fields opened."""

    call: Call
    subject: str
    """``ce_subject``; empty where it has none."""
    body: Mapping[str, Any]

    def read(self, model: type[Model], without: Sequence[str] = ()) -> Model:
        """The body as its HTTP twin's; ``Problem`` where it isn't. ``without``: what HTTP has in the path."""
        body = {name: value for name, value in self.body.items() if name not in without}
        return read_json("application/json", to_json(body), model)


Handle = Callable[[Asked], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Form:
    """What a command looks like: its secret fields, and, for the published schema, what differs from HTTP."""

    bodies: tuple[type[BaseModel], ...]
    """Its HTTP twin's; several are alternatives."""
    secrets: tuple[Secret, ...] = ()
    subject: str | None = None
    """The id that HTTP has in the path: in the body, or as ``ce_subject``."""
    named: Mapping[str, str] = field(default_factory=dict)
    """``patient`` by its identifier in place of ``patient_id``."""
    roles: frozenset[Role] = WORKS_AT_CLINIC


@dataclass(frozen=True, slots=True)
class Handler:
    """One command. ``handle`` submits with the call's key, or raises ``Problem``."""

    handle: Handle
    form: Form


async def nothing_to_look_up() -> Mapping[UUID, UUID]:
    """For services whose refusals name no resources."""
    return {}


@dataclass(frozen=True, slots=True)
class Commands:
    """A service's part in commanding."""

    service: str
    store: Store
    """Where its outcomes are kept."""
    handlers: Mapping[str, Handler]
    """By name: ``BookAppointment``."""
    facility_of: Callable[[], Awaitable[Mapping[UUID, UUID]]] = nothing_to_look_up
    """Each resource's facility: a refusal names no resource outside those of the asker."""


def take_id(asked: Asked, name: str) -> UUID:
    """The id that HTTP has in the path: in the body under ``name``, or as the command's subject.

    A subject that is no id may stand beside it: a system may order its commands by a key of its own.
    """
    given, subject = asked.body.get(name), _id(asked.subject)
    found = subject if given is None else _id(given)
    if found is None:
        detail = "Field required" if given is None else "This is not a UUID."
        raise Problem("invalid", errors=[{"pointer": f"#/{name}", "detail": detail}])
    if subject not in (None, found):
        raise Problem("invalid", f"ce_subject and {name} name two different things.")
    return found


def _id(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
