"""How long a patient's data have to be kept: counted from the last visit, which the log of events tells."""

import calendar
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.booking.store import BookingStore

__all__ = ["kept_until", "last_visit"]

# Through the whole log, seconds for millions of events: for what happens a few times a day that is cheaper
# than an index that every booking would have to pay for.
_SPOKEN_OF = """
SELECT DISTINCT originator_id FROM stored_events
 WHERE kafka_topic = 'almanac.booking.appointments' AND position($1::bytea IN state) > 0
"""


async def last_visit(store: BookingStore, patient_ids: Sequence[UUID]) -> datetime | None:
    """When the last appointment ended, or will end, that was not called off; None: there was none."""
    ids: set[UUID] = set()
    async with store.events.reading(within=60) as connection, connection.transaction(readonly=True):
        await connection.execute("SET LOCAL statement_timeout = '60s'")
        for patient_id in patient_ids:
            rows = await connection.fetch(_SPOKEN_OF, str(patient_id).encode(), timeout=60)
            ids |= {row["originator_id"] for row in rows}
    stood = [
        appointment.ends_at
        for appointment in (await store.appointments(ids)).values()
        if appointment.patient_id in patient_ids and appointment.status in ("booked", "confirmed")
    ]
    return max(stood, default=None)


def kept_until(last: datetime, years: int) -> datetime:
    """The end of the retention period; from 29 February it runs to the 28th."""
    year = last.year + years
    day = min(last.day, calendar.monthrange(year, last.month)[1])
    return last.replace(year=year, day=day)
