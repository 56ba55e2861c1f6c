"""Records kept for guarded decisions."""

from dataclasses import replace
from uuid import UUID

from services.booking.patients.cache import PatientCache
from services.booking.patients.patient import Patient
from tests.services.booking.clinic import the
from tests.services.booking.story import a_clinic


def known(name: str) -> Patient:
    return a_clinic().clinic.patients[the(name)]


def test_what_was_seen_last_is_kept_and_the_rest_forgotten() -> None:
    cache = PatientCache(most=2)
    people = [replace(known("Ann"), patient_id=UUID(int=n)) for n in range(3)]
    cache.keep(people[:2])
    assert cache.get(UUID(int=0)) is people[0]
    cache.keep(people[2:])
    assert cache.get(UUID(int=1)) is None
    assert cache.get(UUID(int=0)) is people[0]
    cache.forget([UUID(int=0), UUID(int=9)])
    assert cache.get(UUID(int=0)) is None


def test_a_record_that_became_part_of_another_or_was_erased_is_not_kept() -> None:
    for gone in (replace(known("Ann"), merged_into=the("Bob")), replace(known("Ann"), erased=True)):
        cache = PatientCache()
        cache.keep([known("Ann")])
        cache.keep([gone])
        assert cache.get(the("Ann")) is None
