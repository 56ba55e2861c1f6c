"""Clinics for properties of the search: some resources, their hours and absences, and what is taken."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.booking.setup.catalogue import Setup
from services.booking.values import ResourceKind
from tests.services.booking.clinic import the
from tests.services.booking.story import Story

__all__ = ["START", "clinics"]

START = datetime(2030, 3, 9, 12, tzinfo=UTC)
"""A Saturday: the window goes over the night in which New York's clocks change."""
NAMES = ("Adams", "Baker", "Cole", "Room 1", "Room 2", "Scanner")

_needs = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["provider", "provider", "room", "device"]),
            "specialty": st.sampled_from([None, None, None, "x"]),
            "count": st.sampled_from([1, 1, 1, 2]),
            "from_minute": st.sampled_from([0, 0, 5, 10]),
            "minutes": st.sampled_from([None, None, 5, 10]),
        }
    ),
    min_size=1,
    max_size=2,
)


@st.composite
def clinics(draw: Any) -> tuple[Setup, dict[UUID, int], int]:
    """A clinic of six resources, what is busy there, and the patient's busy time, as bits from START on."""
    story = Story().facility("Main")
    story.visit_type(
        "visit",
        draw(st.integers(4, 8)) * 5,
        draw(_needs),
        buffer_before_minutes=draw(st.sampled_from([0, 0, 5, 15])),
        buffer_after_minutes=draw(st.sampled_from([0, 0, 5, 10])),
        lead_minutes=draw(st.sampled_from([0, 0, 60 * 24 * 6])),
    )
    for name in NAMES:
        kind: ResourceKind
        kind = "provider" if name in NAMES[:3] else "room" if name.startswith("Room") else "device"
        specialties = ["x"] if draw(st.integers(0, 2)) else []
        story.resource(name, kind, "Main", specialties=specialties)
        if kind == "provider" or draw(st.booleans()):
            first = draw(st.integers(0, 8))
            story.hours(
                name, f"{first:02}:00", f"{draw(st.integers(15, 24)):02}:00", ["SA", "SU", "MO"],
                every_weeks=draw(st.sampled_from([1, 1, 1, 2])), effective_from=date(2030, 3, 4),
            )  # fmt: skip
        if draw(st.booleans()):
            away = START + timedelta(minutes=draw(st.integers(0, 2000)))
            story.away(name, away, away + timedelta(minutes=draw(st.integers(1, 400))))
    busy = {the(name): _scattered(draw) for name in NAMES}
    return story.clinic.setup, busy, _scattered(draw)


def _scattered(draw: Any) -> int:
    bits = 0
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(0, 560))
        bits |= ((1 << draw(st.integers(1, 60))) - 1) << first
    return bits
