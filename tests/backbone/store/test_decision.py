"""The one type through which every change passes."""

from uuid import UUID

from backbone.store.origin import Origin

HERE, THERE = UUID(int=1), UUID(int=2)
ORIGIN = Origin(
    "user",
    "clerk-1",
    "correlation-1",
    causation_id="causation-1",
    traceparent="00-1-1-00",
    facility_id=HERE,
    asserted_id="agent-1",
    roles=("scheduler",),
    purpose="TREAT",
)


def test_at_a_facility_an_origin_keeps_all_else() -> None:
    assert all(ORIGIN), "a new field: fill it above"
    assert ORIGIN.at(THERE) == ORIGIN._replace(facility_id=THERE)
    assert ORIGIN.at(None) is ORIGIN
