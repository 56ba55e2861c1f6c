"""A wish made precise: the resources, times and place of a visit."""

from datetime import date, datetime, timedelta

import pytest

from backbone.store.decision import Refusal
from services.booking.commands.appointments import ResourceWanted
from tests.services.booking.clinic import NOW, at, the
from tests.services.booking.story import a_clinic


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        (("Baker", "Room 1"), "invalid"),
        (("Adams", "Room 1", "Scanner"), "invalid"),
        (("Baker", "Room 1", "Scanner", "Baker"), "invalid"),
        (("Baker", "Room 1", "Nobody"), "not-found"),
    ],
)
def test_resources_must_answer_the_needs(names: tuple[str, ...], refusal: str) -> None:
    plan = a_clinic().clinic.plan("scan", at(10), *names)
    assert isinstance(plan, Refusal)
    assert plan.type == refusal


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (at(10), at(10)),
        (at(10), at(10) + timedelta(hours=20)),
        (at(10, 1), None),
        (at(10), at(10, 31)),
        (at(11), at(10)),
        (NOW - timedelta(minutes=5), None),
        (NOW + timedelta(days=800), None),
        (datetime.fromisoformat("2030-03-10T02:30:00-05:00"), None),
        (at(10) + timedelta(seconds=1), None),
    ],
)
def test_times_that_are_none(start: datetime, end: datetime | None) -> None:
    plan = a_clinic().clinic.plan("check-up", start, "Adams", ends_at=end)
    assert isinstance(plan, Refusal)
    assert plan.type == "invalid"


def test_a_staggered_proposal_can_be_posted_as_it_is() -> None:
    clinic = a_clinic().clinic
    visit = clinic.visit("scan", at(10), "Baker", "Room 1", "Scanner")
    parts = [(part.resource_id, part.starts_at, part.ends_at) for part in visit.assigned]
    wanted = tuple(ResourceWanted(resource_id=r, starts_at=s, ends_at=e) for r, s, e in parts)
    assert clinic.visit("scan", at(10), resources=wanted) == visit
    late = (wanted[0].model_copy(update={"starts_at": at(10)}), *wanted[1:])
    assert isinstance(clinic.plan("scan", at(10), resources=late), Refusal)


def test_a_floating_provider_is_booked_where_the_hours_are_worked() -> None:
    story = a_clinic().facility("Branch", "America/Chicago")
    story.resource("Cole", "provider", "Main")
    story.hours("Cole", days=["MO"]).hours(
        "Cole",
        days=["MO"],
        effective_from=date(2030, 3, 11),
        effective_to=date(2030, 3, 11),
        facility_id=the("Branch"),
    )
    visit = story.clinic.visit("check-up", at(10), "Cole")
    assert (visit.facility.facility_id, visit.local_start) == (the("Branch"), "2030-03-11T09:00")
