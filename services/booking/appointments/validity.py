"""Whether an appointment could still be booked as it is: does the setup of today have what it needs?"""

from datetime import datetime

from services.booking.appointments.appointment import Appointment
from services.booking.appointments.visit import Visit, need_span
from services.booking.events.appointments import AppointmentDetails
from services.booking.setup.catalogue import Setup
from services.booking.setup.needs import answers_need, assign
from services.booking.values import AssignedResource, Need

__all__ = ["as_booked", "has_what_it_needs"]


def as_booked(appointment: AppointmentDetails, setup: Setup) -> Visit | None:
    """The visit by the setup as it is now; None where that doesn't know all of it."""
    facility = setup.facilities.get(appointment.facility_id)
    visit_type = setup.visit_types.get(appointment.visit_type)
    resources = {
        part.resource_id: setup.resources[part.resource_id]
        for part in appointment.resources
        if part.resource_id in setup.resources
    }
    if facility is None or visit_type is None or len(resources) < len(appointment.resources):
        return None
    starts_at, ends_at = appointment.starts_at, appointment.ends_at
    return Visit(facility, visit_type, starts_at, ends_at, appointment.resources, resources)


def has_what_it_needs(appointment: Appointment, setup: Setup) -> bool:
    """Whether its resources still serve its visit type, and answer each need of it for all of its time."""
    visit = as_booked(appointment, setup)
    if visit is None or not all(r.can_serve(visit.visit_type.code) for r in visit.resources.values()):
        return False

    def answers(wanted: tuple[Need, datetime, datetime], part: AssignedResource) -> bool:
        need, first, end = wanted
        return (
            answers_need(need, visit.resources[part.resource_id])
            and part.starts_at <= first
            and end <= part.ends_at
        )

    spans = [
        (need, *need_span(need, visit.starts_at, visit.ends_at)) for need in visit.visit_type.single_needs
    ]
    return assign(spans, visit.assigned, answers) is not None
