"""A Kafka record read as a command: who sent it, what it asks, when it lapses; or why it can't be one."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json

from backbone.cloudevents.decode import NotACloudEvent, RawRecord, decode
from backbone.cloudevents.record import Record
from backbone.commanding.keys import CommandKeys
from backbone.commanding.systems import System
from backbone.store.decision import IdempotencyKey, Refusal
from backbone.web.bodies import is_json
from backbone.web.caller import Caller, purposes_of
from backbone.web.calling import Call
from backbone.web.context import RequestContext, well_formed_traceparent

__all__ = ["MAX_BODY_BYTES", "Command", "poison_of", "read_body", "read_command"]

MAX_BODY_BYTES: Final = 262_144
"""Of a command's body: a quarter of what Kafka's brokers take by default."""

_NAME: Final = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,254}")
"""Ids, sources and the like: what an index and a header can hold."""
_VERSION: Final = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Command:
    """A CloudEvent from a registered system. What it says of its sender is not believed."""

    system: System
    event: Record
    content_type: str
    expected_version: int | None = None
    expires_at: datetime | None = None
    asserted_user: tuple[str, str] | None = None
    """Kind and id of the end user whom the system names."""

    @property
    def key(self) -> IdempotencyKey:
        """Once per (source, id), for ever. Another system's ids are its own."""
        return IdempotencyKey(
            f"command {self.system.name} {self.event.source}",
            self.event.id,
            b"",
            keep_for=None,
            series=f"answers {self.system.name}",
        )

    @property
    def correlation_id(self) -> str:
        """The sender's, else the command's own id."""
        return self.event.correlation_id or self.event.id

    @property
    def result_key(self) -> str:
        """What its answer is keyed by: the subject, else the id."""
        return self.event.subject or self.event.id

    def call(self, keys: CommandKeys) -> Call:
        """The command as a request like any other; its roles and facilities are those of the registration."""
        roles = self.system.roles
        caller = Caller(
            subject=f"system-{self.system.name}",
            roles=roles,
            auth_type="system",
            purpose=purposes_of(roles)[0],
            facility_ids=self.system.facility_ids,
        )
        user = self.asserted_user
        return Call(
            caller,
            RequestContext(self.correlation_id, well_formed_traceparent(self.event.traceparent)),
            self.key,
            self.expected_version,
            causation_id=self.event.id,
            asserted_id=keys.pseudonym(self.system.name, *user) if user else None,
        )


def read_command(raw: RawRecord, topic_prefix: str, system: System) -> Command:
    """The command; ``NotACloudEvent`` where the record isn't one that can be dealt with once and answered."""
    event = decode(raw, topic_prefix)
    headers = dict(raw.headers)

    def header(name: str) -> str | None:
        value = headers.get(name)
        return None if value is None else value.decode("ascii")

    try:
        version, expiry = header("ce_expectedversion"), header("ce_expirytime")
        content_type = header("content-type") or "application/json"
        hop = header("traceparent")
    except ValueError:
        raise NotACloudEvent("a header is not ASCII") from None
    for name, value in (
        ("ce_id", event.id),
        ("ce_source", event.source),
        ("ce_type", event.type),
        ("ce_subject", event.subject or "-"),
        ("ce_correlationid", event.correlation_id or "-"),
        ("ce_authid", event.auth_id or "-"),
    ):
        if _NAME.fullmatch(value) is None:
            raise NotACloudEvent(f"{name} is not 1 to 255 printable characters")
    if version is not None and _VERSION.fullmatch(version) is None:
        raise NotACloudEvent("ce_expectedversion is not a number")
    if event.traceparent is None and hop is not None:
        event = event._replace(traceparent=hop)
    return Command(
        system=system,
        event=event,
        content_type=content_type,
        expected_version=None if version is None else int(version),
        expires_at=None if expiry is None else _instant(expiry),
        asserted_user=(event.auth_type or "user", event.auth_id) if event.auth_id else None,
    )


def poison_of(command: Command, known: bool) -> Refusal | None:
    """Why a command can't be carried out at all and becomes a dead letter; None: it can.

    ``known``: whether there is a command of its type.
    """
    if not known:
        return Refusal("unknown-command", "The command types are listed in the AsyncAPI document.")
    if len(command.event.data) > MAX_BODY_BYTES:
        return Refusal("too-large", f"A command's body has at most {MAX_BODY_BYTES} bytes.")
    if not is_json(command.content_type):
        return Refusal("unsupported-media-type", "Send JSON, as CloudEvents in binary mode.")
    try:
        read_body(command)
    except ValueError:
        return Refusal("malformed", "The body is not well-formed JSON.")
    return None


def read_body(command: Command) -> Any:
    """The body's JSON; none at all counts as ``{}``. ``ValueError`` where it is not JSON."""
    return from_json(command.event.data or b"{}", allow_inf_nan=False)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise NotACloudEvent("ce_expirytime is not a time") from None
    if instant.tzinfo is None:
        raise NotACloudEvent("ce_expirytime has no offset")
    return instant
