"""Whatever is asked, in whatever order: what is claimed is what the events say."""

from datetime import datetime
from uuid import UUID

from hypothesis import settings
from hypothesis.stateful import invariant

from services.booking.appointments.group_visit import seats_resource
from services.booking.slots import slot_of
from services.booking.tasks.task import TASK_SLOT, tasks_of
from tests.services.booking.random_requests import Requests


class Bookings(Requests):
    """What holds after each request."""

    @invariant()
    def what_is_claimed_is_what_the_events_say(self) -> None:
        clinic = self.known()
        expected: dict[tuple[UUID, int], set[UUID]] = {}

        def claims(owner: UUID, resource: UUID, start: datetime, end: datetime) -> None:
            for slot in range(slot_of(start), slot_of(end)):
                expected.setdefault((resource, slot), set()).add(owner)

        for a in clinic.appointments.values():
            if not a.live:
                continue
            for patient in a.patient_time_of:
                claims(a.appointment_id, patient, a.starts_at, a.ends_at)
            if a.session_id:
                claims(a.appointment_id, seats_resource(a.session_id), a.starts_at, a.ends_at)
                continue
            for part in a.resources:
                claims(a.appointment_id, part.resource_id, part.busy_from, part.busy_until)
        named = set(clinic.patients) | set(clinic.setup.resources)
        named |= {seats_resource(a.appointment_id) for a in clinic.appointments.values() if a.seats}
        found = {
            place: {holding.owner for holding in holdings}
            for place, holdings in self.store.taken().items()
            if place[0] in named
        }
        assert found == expected

    @invariant()
    def a_booking_that_an_absence_hits_has_a_task_and_no_other_has(self) -> None:
        clinic = self.known()
        away = [(r, a) for r in clinic.setup.resources.values() for a in r.absences.values()]
        hit = {
            booked.appointment_id
            for booked in clinic.appointments.values()
            if booked.status == "booked" and booked.seats is None
            for resource, absence in away
            if resource.resource_id in booked.resource_ids
            and absence.overlaps(booked.starts_at, booked.ends_at)
        }
        to_do = [task for task in clinic.tasks.values() if not task.done]
        assert {task.subject for task in to_do} == hit
        found = {
            holding.owner
            for task in clinic.tasks.values()
            if task.subject
            for holding in self.store.taken().get((tasks_of(task.subject), TASK_SLOT), ())
        }
        assert found == {task.task_id for task in to_do}

    @invariant()
    def nobody_is_in_two_places_unless_it_was_asked_for_by_name(self) -> None:
        clinic = self.known()
        for (resource_id, _), holdings in self.store.taken().items():
            lanes = [holding.lane for holding in holdings]
            assert len(lanes) == len(set(lanes))
            over = [holding for holding in holdings if holding.overbooked]
            for holding in over:
                override = clinic.appointments[holding.owner].override
                assert override
                assert "taken" in override.of
                assert resource_id not in clinic.patients

    @invariant()
    def a_session_is_what_its_seats_are(self) -> None:
        clinic = self.known()
        for session in clinic.appointments.values():
            if session.seats is not None:
                seats = clinic.session_of(session.appointment_id).seats
                assert session.live == bool(seats)
                assert (session.status == "booked") == any(seat.status != "held" for seat in seats)

    @invariant()
    def no_day_has_more_than_its_limit(self) -> None:
        limited = [a for a in self.known().appointments.values() if a.live and a.visit_type == "limited"]
        assert len(limited) <= 2


TestBookings = Bookings.TestCase
TestBookings.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
