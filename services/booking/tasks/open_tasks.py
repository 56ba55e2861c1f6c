"""The open tasks about something: what is decided about it can make them needless, in the same commit."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from backbone.store.decision import Decision, Occupancy
from services.booking.asking import Asking
from services.booking.decisions import together
from services.booking.tasks.task import TASK_SLOT, Task, complete, tasks_of

__all__ = ["OpenTasks"]


@dataclass(frozen=True, slots=True)
class OpenTasks:
    """Every open task about any of ``subjects``."""

    subjects: tuple[UUID, ...] = ()
    tasks: tuple[Task, ...] = ()

    def done_by(self, decision: Decision, asking: Asking, outcome_code: str) -> Decision:
        """``decision``, if it changes anything, and with it the tasks done.

        Guarded: a task that is opened meanwhile has it decided again.
        """
        return self.some_done_by(decision, asking, outcome_code, {task.task_id for task in self.tasks})

    def some_done_by(
        self, decision: Decision, asking: Asking, outcome_code: str, which: Collection[UUID]
    ) -> Decision:
        """The same for ``which`` of them."""
        if decision.refusal is not None or not decision.events:
            return decision
        done = [complete(asking, task, outcome_code) for task in self.tasks if task.task_id in which]
        whole = together(decision, *done)
        return replace(whole, occupied=whole.occupied + self.guards())

    def guards(self) -> tuple[Occupancy, ...]:
        """These tasks, and no others, are open."""
        return tuple(
            Occupancy(
                tasks_of(subject),
                TASK_SLOT,
                TASK_SLOT + 1,
                frozenset(task.task_id for task in self.tasks if task.subject == subject),
            )
            for subject in self.subjects
        )
