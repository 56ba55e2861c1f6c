"""What booking publishes, and what it listens to: its own topics, for what it looks up."""

from collections.abc import Sequence
from typing import Final

from backbone.privacy.privacy import Privacy
from backbone.projecting import Projection
from backbone.topics import Topic
from services.booking.availability.group_sessions import GroupSessions
from services.booking.patients.index import PatientIndex
from services.booking.tasks.task_list import TaskList

__all__ = ["TOPICS", "projections"]

TOPICS: Final[Sequence[Topic]] = (
    Topic("almanac.booking.appointments"),
    Topic("almanac.booking.setup"),
    Topic("almanac.booking.patients"),
    Topic("almanac.booking.plans"),
    Topic("almanac.booking.tasks"),
)


def projections(privacy: Privacy) -> Sequence[Projection]:
    """All of booking's projections."""
    return (PatientIndex(privacy), TaskList(), GroupSessions())
