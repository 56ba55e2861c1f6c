"""Bookings that can't stand as they are: each becomes a task in the commit that makes it so."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID, uuid5

from backbone.events import DomainEvent
from backbone.store.decision import Decision
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.standing import Standing
from services.booking.asking import Asking
from services.booking.setup.resource import Resource
from services.booking.tasks.task import rebook, task_claim

__all__ = ["with_tasks"]


def with_tasks(
    asking: Asking,
    event: DomainEvent,
    resource: Resource,
    standing: Standing,
    affected: Iterable[Appointment],
    reason_code: str,
    answer: Mapping[str, str],
    cause: UUID | None = None,
) -> Decision:
    """``event`` of the resource, and a task for each of ``affected``; their ids are in the answer.

    Where a booking comes, goes or moves meanwhile, it is decided again. ``cause``: what the tasks' ids are
    made of; None: the event itself.
    """
    whom = sorted(
        {each.appointment_id: each for each in affected}.values(),
        key=lambda booked: (booked.starts_at, booked.appointment_id),
    )
    because = cause or uuid5(resource.resource_id, str(event.originator_version))
    tasks = [rebook(asking, because, booked, resource.resource_id, reason_code) for booked in whom]
    decision = asking.record(
        event,
        *tasks,
        answer={**answer, "affected": [str(booked.appointment_id) for booked in whom]},
        reads=standing.reads,
        facility_id=resource.facility_id,
    )
    return replace(
        decision,
        claims=tuple(claim for task in tasks for claim in task_claim(task)),
        occupied=standing.guards(),
    )
