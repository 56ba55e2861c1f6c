"""The calendar that is searched is half full."""

import json
from collections import Counter
from datetime import UTC, datetime

from bench.availability import DAYS, PROVIDERS, half_of
from bench.clinic import Clinic

MONDAY = datetime(2031, 3, 3, tzinfo=UTC)


def test_of_every_provider_half_of_the_open_half_hours_is_booked_and_none_twice() -> None:
    kinds = ("provider", "room", "device")
    resources = {kind: tuple(f"{kind} {n}" for n in range(PROVIDERS)) for kind in kinds}
    clinic = Clinic("", resources, tuple(str(number) for number in range(PROVIDERS)))
    bookings = [json.loads(body) for body in half_of(clinic, MONDAY)]
    places = Counter((body["resource_ids"][0], body["starts_at"]) for body in bookings)
    # In 30 days from a Monday there are 22 working days of 20 half hours each.
    assert DAYS == 30
    assert len(places) == len(bookings) == PROVIDERS * 22 * 20 // 2
    assert Counter(place for place, _ in places) == dict.fromkeys(resources["provider"], 220)
