"""From a record to the replies to it: the outcome is in the store before anybody is told."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backbone.clock import Clock
from backbone.cloudevents.decode import NotACloudEvent, RawRecord
from backbone.commanding.command import Command, poison_of, read_body, read_command
from backbone.commanding.handlers import Asked, Commands
from backbone.commanding.keys import CommandKeys
from backbone.commanding.mistakes import log_without_contents
from backbone.commanding.naming import ACCEPTED, REFUSED, Owners
from backbone.commanding.opening import opened
from backbone.commanding.replies import Reply, answer_to, dead_letter
from backbone.commanding.retrying import TryAgain, is_passing, settled
from backbone.commanding.systems import System
from backbone.privacy.errors import KeyDestroyedError, KeyMissingError
from backbone.store.decision import Accepted, Decision, Refusal, Refused
from backbone.store.errors import StoreUnavailable, Unstorable
from backbone.store.kept import find_kept
from backbone.store.numbering import AnswerNumber, find_number
from backbone.telemetry.command_figures import CommandFigures
from backbone.telemetry.current import CURRENT
from backbone.web.answers import accepted_body, refused_problem
from backbone.web.calling import Call
from backbone.web.context import RequestContext
from backbone.web.problems import Problem, problem_body

if TYPE_CHECKING:
    from backbone.telemetry.traces import Tracing

__all__ = ["Executor"]

_EXPIRED: Final = Refusal("expired", "Nothing was changed: send it again under a new id if it still matters.")
_FORBIDDEN: Final = Refusal("forbidden", "The system is not registered in a role that may do this.")
_INTERNAL: Final = Refusal("internal", "Nothing was changed. The record is among the dead letters.")


@dataclass(frozen=True, slots=True)
class Executor:
    """Carries out one service's commands; the same record can come any number of times, anywhere."""

    commands: Commands
    keys: CommandKeys
    owners: Owners
    clock: Clock
    topic_prefix: str
    source: str
    figures: CommandFigures | None = None
    tracing: "Tracing | None" = None

    @property
    def consumer(self) -> str:
        """As dead letters name it."""
        return f"{self.commands.service}.commands"

    async def execute(self, raw: RawRecord, system: System | None, last_try: bool = False) -> list[Reply]:
        """What to publish; nothing where another service deals with it.

        Raises ``TryAgain``, and whatever a mistake of ours raises; with ``last_try`` such a record becomes a
        dead letter instead. ``system`` None: the topic's is not registered.
        """
        fallback = self.commands.service == self.owners.fallback
        if system is None:
            return [self._dead(raw, "the topic's system is not registered")] if fallback else []
        try:
            command = read_command(raw, self.topic_prefix, system)
        except NotACloudEvent as error:
            return [self._dead(raw, f"not a CloudEvent in binary mode: {error}")] if fallback else []
        owner = self.owners.of(command.event.type)
        if (owner or self.owners.fallback) != self.commands.service:
            return []
        call = command.call(self.keys)
        if self.tracing is None:
            return await self._carried_out(command, call, raw, owner is not None, last_try)
        event = command.event
        span = self.tracing.command(event.traceparent, event.topic, raw.partition, raw.offset, self.consumer)
        with span:
            call = call._replace(context=call.context._replace(traceparent=span.traceparent))
            return await self._carried_out(command, call, raw, owner is not None, last_try)

    async def _carried_out(
        self, command: Command, call: Call, raw: RawRecord, known: bool, last_try: bool
    ) -> list[Reply]:
        # Logs name it by its place on Kafka: the sender may have put anything into its ids.
        place = f"{raw.topic}/{raw.partition}/{raw.offset}"
        CURRENT.set(RequestContext(place, call.context.traceparent))
        poison = poison_of(command, known)
        if poison is not None:
            letter = self._dead(raw, poison.type)
            return [letter, await self._answer(command, call, await self._refuse(call, poison))]
        try:
            outcome = await self._outcome(command, call)
        except Exception as error:
            if is_passing(error):
                raise TryAgain(type(error).__name__) from error
            log_without_contents(error, command)
            if not last_try:
                raise
            refused = await self._refuse(call, _INTERNAL)
            return [self._dead(raw, "internal"), await self._answer(command, call, refused)]
        return [await self._answer(command, call, outcome)]

    async def _outcome(self, command: Command, call: Call) -> Accepted | Refused:
        kept = await self._kept(command)
        if kept is not None:
            return kept
        if command.expires_at is not None and self.clock.now() > command.expires_at:
            return await self._refuse(call, _EXPIRED)
        handler = self.commands.handlers[_name(command)]
        if not call.caller.has(*handler.form.roles):
            return await self._refuse(call, _FORBIDDEN)
        try:
            body = read_body(command)
            if not isinstance(body, dict):
                raise Problem("invalid", "A command's body is a JSON object.")
            asked = Asked(call, command.event.subject, opened(body, handler.form.secrets, self.keys))
            outcome = await handler.handle(asked)
        except Problem as problem:
            if is_passing(problem):
                raise
            outcome = await self._refuse(call, _refusal_of(problem))
        except Unstorable as error:
            outcome = await self._refuse(call, Refusal("invalid", error.told))
        except (KeyMissingError, KeyDestroyedError):
            outcome = await self._refuse(call, Refusal("not-found", ""))
        return settled(outcome)

    async def _kept(self, command: Command) -> Accepted | Refused | None:
        async with self.commands.store.reading() as connection:
            return await find_kept(connection, command.key, self.clock.now())

    async def _refuse(self, call: Call, refusal: Refusal) -> Accepted | Refused:
        """Keeps the refusal; gives back what was kept before where something was."""
        try:
            decision = Decision(call.origin(), refusal=refusal, key=call.key)
            return settled(await self.commands.store.submit(decision))
        except StoreUnavailable as error:
            raise TryAgain(type(error).__name__) from error

    async def _answer(self, command: Command, call: Call, outcome: Accepted | Refused) -> Reply:
        if isinstance(outcome, Accepted):
            kind, body = ACCEPTED, accepted_body(outcome)
        else:
            try:
                facility_of = await self.commands.facility_of()
            except StoreUnavailable as error:
                raise TryAgain(type(error).__name__) from error
            problem = refused_problem(outcome, call.caller, facility_of)
            kind, body = REFUSED, problem_body(problem, command.correlation_id)
        if self.figures is not None and not outcome.repeated:
            known = self.owners.of(command.event.type) is not None
            came = "accepted" if isinstance(outcome, Accepted) else outcome.refusal.type
            self.figures.answered(_name(command) if known else "unknown", came)
        number = await self._number(command)
        # Each service counts for itself, so each is a source of its own.
        source = f"{self.source.rstrip('/')}/{self.commands.service}"
        return answer_to(command, call, kind, body, self.clock.now(), source, number)

    async def _number(self, command: Command) -> AnswerNumber | None:
        try:
            async with self.commands.store.reading() as connection:
                return await find_number(connection, command.key)
        except Exception as error:
            if is_passing(error):
                raise TryAgain(type(error).__name__) from error
            raise

    def _dead(self, raw: RawRecord, reason: str) -> Reply:
        topic = raw.topic.removeprefix(self.topic_prefix)
        if self.figures is not None:
            self.figures.parked(topic)
        return dead_letter(raw, topic, self.consumer, reason, self.keys)


def _name(command: Command) -> str:
    return command.event.type.removeprefix("almanac.commands.").removesuffix(".v1")


def _refusal_of(problem: Problem) -> Refusal:
    return Refusal(problem.type, problem.detail or "", tuple(problem.more.get("errors", ())))
