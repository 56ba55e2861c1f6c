"""A morning at Harbor: what was, what changed overnight, who is away, what is still to do."""

from datetime import timedelta
from typing import Any

from services.booking.events.appointments import AppointmentCancelled, PreparationConfirmed, SlotHeld
from services.booking.events.setup import AbsenceAdded
from services.booking.events.tasks import TaskDone, TaskOpened
from services.booking.values import PreparationItem
from tests.services.projections.telling import NINE, appointment, booked, moved, named
from tests.services.world import World

__all__ = ["EVENING", "FASTING", "HARBOR", "HILL", "a_morning"]

HARBOR, HILL = named("Harbor"), named("Hill")
EVENING = NINE - timedelta(hours=16)
"""17:00 of the day before."""
FASTING = PreparationItem(text="Nothing to eat from midnight on", due_at=NINE)


def of(name: str, who: str = "Dr. Chan", **more: Any) -> dict[str, Any]:
    return {"facility_id": HARBOR, "patient_id": named(name), "with_": {who: "provider"}, **more}


async def a_morning(world: World) -> str:
    """Lets it happen; the position of the last of it."""
    await world.facility("Harbor")
    await world.facility("Hill")
    await world.resource("Dr. Chan", "Harbor")
    await world.resource("Dr. Diaz", "Harbor")
    await world.resource("Dr. Guest", "Hill")
    for name in ("ana", "ben", "cho", "dee", "eli"):
        await world.patient(name, name.title() + "son", name.title())
    before, after = EVENING - timedelta(hours=3), EVENING + timedelta(hours=1)
    tomorrow = NINE + timedelta(days=1)
    await world.happened(
        booked("v ana", 1, NINE, timestamp=before, **of("ana", preparation=(FASTING,))),
        booked("v ben", 1, NINE + timedelta(hours=1), timestamp=before, **of("ben")),
        booked("v cho", 1, NINE + timedelta(hours=2), timestamp=before, **of("cho", "Dr. Guest")),
        booked("v dee", 1, NINE, timestamp=before, **of("dee", "Dr. Diaz", preparation=(FASTING,))),
        booked("v old", 1, NINE, timestamp=before, **of("ben", "Dr. Diaz")),
    )
    await world.happened(
        appointment(
            AppointmentCancelled,
            "v ben",
            2,
            NINE + timedelta(hours=1),
            timestamp=after,
            by="patient",
            reason_code="feels-better",
            **of("ben", status="cancelled"),
        ),
        moved("v old", 2, tomorrow, was_with="Dr. Diaz", timestamp=after, **of("ben", "Dr. Diaz")),
        booked("v new", 1, NINE + timedelta(hours=3), timestamp=after, **of("eli")),
        appointment(
            PreparationConfirmed,
            "v dee",
            2,
            timestamp=after,
            items=(FASTING.text,),
            **of("dee", "Dr. Diaz", preparation=(FASTING.model_copy(update={"confirmed_at": after}),)),
        ),
        appointment(
            SlotHeld, "v held", 1, status="held", expires_at=NINE + timedelta(minutes=5), **of("eli")
        ),
    )
    head = {"timestamp": NINE, "facility_id": HARBOR}
    opened = {"kind": "rebook", "reason_code": "absence-surgery", "owner": "scheduler", "due_at": NINE}
    await world.happened(
        *(
            TaskOpened.model_validate(
                {
                    **head,
                    **opened,
                    "originator_id": named(name),
                    "originator_version": 1,
                    "task_id": named(name),
                }
            )
            for name in ("task open", "task done")
        ),
        TaskDone.model_validate(
            {
                **head,
                "originator_id": named("task done"),
                "originator_version": 2,
                "task_id": named("task done"),
                "outcome_code": "rescheduled",
            }
        ),
    )
    position = await world.happened(
        AbsenceAdded.model_validate(
            {
                **head,
                "originator_id": named("Dr. Diaz"),
                "originator_version": 3,
                "resource_id": named("Dr. Diaz"),
                "absence_id": named("surgery"),
                "starts_at": NINE + timedelta(hours=4),
                "ends_at": NINE + timedelta(hours=6),
                "reason": "surgery",
            }
        )
    )
    await world.settled()
    return position
