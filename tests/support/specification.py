"""``given(what happened).when(what is asked).then(what happens)``: specs that read as sentences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from backbone.events import DomainEvent
from backbone.store.decision import Conflict, ConflictKind, Decision

__all__ = ["Given", "Then", "specification"]

Known = TypeVar("Known")


@dataclass(frozen=True)
class Then:
    """What was decided."""

    decision: Decision

    def then(self, *expected: type[DomainEvent] | DomainEvent, **fields: Any) -> Self:
        """Exactly these events, or events of these types; ``fields`` are those of the first."""
        assert not self.decision.refusal, self.decision.refusal
        assert not self.decision.conflicts, self.decision.conflicts
        happened = self.decision.events
        assert [type(e) for e in happened] == [e if isinstance(e, type) else type(e) for e in expected]
        for event, wanted in zip(happened, expected, strict=True):
            assert isinstance(wanted, type) or event == wanted
        for name, value in fields.items():
            assert getattr(happened[0], name) == value, name
        return self

    def then_nothing(self) -> Self:
        """Accepted, and nothing happens."""
        assert not self.decision.refusal, self.decision.refusal
        assert self.decision.events == ()
        assert self.decision.claims == ()
        return self

    def then_refused(self, type: str) -> Self:
        """Refused for this reason."""
        assert self.decision.refusal is not None, "it was not refused"
        assert self.decision.refusal.type == type, self.decision.refusal
        return self

    def then_conflicts(self, *kinds: ConflictKind) -> Self:
        """The rules object, in just these ways."""
        assert not self.decision.refusal, self.decision.refusal
        assert sorted(conflict.kind for conflict in self.decision.conflicts) == sorted(kinds)
        return self

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What the rules object to."""
        return self.decision.conflicts


@dataclass(frozen=True)
class Given(Generic[Known]):
    """What is known from what happened."""

    known: Known

    def when(self, ask: Callable[[Known], Decision]) -> Then:
        """Decides."""
        return Then(ask(self.known))


def specification(fold: Callable[[Iterable[DomainEvent]], Known]) -> Callable[..., Given[Known]]:
    """The ``given`` of one domain, whose events ``fold`` makes into what decisions are made from."""

    def given(*happened: DomainEvent | Iterable[DomainEvent]) -> Given[Known]:
        events: list[DomainEvent] = []
        for one in happened:
            events.extend([one] if isinstance(one, DomainEvent) else one)
        return Given(fold(events))

    return given
