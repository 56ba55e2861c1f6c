"""The time that an appointment would give up: free for itself when it looks for another."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from backbone.store.reader import Reader
from services.booking.appointments.appointment import Appointment
from services.booking.appointments.rules import count_release
from services.booking.slots import slot_of

__all__ = ["free_without"]

OWN_AND_FREE = """
SELECT own.resource_id, own.slot
  FROM unnest($2::uuid[], $3::integer[], $4::integer[]) AS r (resource_id, first_slot, end_slot)
 CROSS JOIN LATERAL (SELECT resource_id, slot, capacity FROM claims
                      WHERE resource_id = r.resource_id AND slot >= r.first_slot AND slot < r.end_slot
                        AND owner = $1 OFFSET 0) AS own
 WHERE (SELECT count(*) FROM claims AS other
         WHERE other.resource_id = own.resource_id AND other.slot = own.slot AND other.owner <> $1
           AND (other.expires_at IS NULL OR other.expires_at > $5)) < own.capacity
"""


async def free_without(events: Reader, appointment: Appointment) -> Mapping[UUID, Sequence[int]]:
    """By resource, the slots that would become free if the appointment gave them up.

    A slot in which others alone fill the resource is not among them.
    """
    ranges = [
        (p.resource_id, slot_of(p.busy_from), slot_of(p.busy_until))
        for p in appointment.resources
        if appointment.session_id is None
    ]
    first, end = slot_of(appointment.starts_at), slot_of(appointment.ends_at)
    ranges += [(patient, first, end) for patient in appointment.patient_time_of]
    count = count_release(appointment)
    ranges.append((count.resource_id, count.first_slot, count.end_slot))
    async with events.reading() as connection:
        rows = await connection.fetch(
            OWN_AND_FREE,
            appointment.appointment_id,
            [resource_id for resource_id, _, _ in ranges],
            [begin for _, begin, _ in ranges],
            [finish for _, _, finish in ranges],
            events.clock.now(),
        )
    slots: dict[UUID, list[int]] = {}
    for row in rows:
        slots.setdefault(row["resource_id"], []).append(row["slot"])
    return slots
