"""Patients' records kept in memory for decisions that are guarded by the version they saw."""

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from services.booking.patients.patient import Patient

__all__ = ["PatientCache"]

MOST = 4_096


class PatientCache:
    """The records last seen: who was found a moment ago is likely to be booked now.

    A record that was merged into another is never kept: a decision names the version of the surviving record
    only, and would not notice that the two were parted again.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[UUID, Patient] = OrderedDict()

    def get(self, patient_id: UUID) -> Patient | None:
        """The record as it was last seen, if it is still kept."""
        known = self._known.get(patient_id)
        if known is not None:
            self._known.move_to_end(patient_id)
        return known

    def keep(self, patients: Iterable[Patient]) -> None:
        """Remembers records just read."""
        for patient in patients:
            if patient.merged_into is not None or patient.erased:
                self._known.pop(patient.patient_id, None)
                continue
            self._known[patient.patient_id] = patient
            self._known.move_to_end(patient.patient_id)
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self, streams: Iterable[UUID]) -> None:
        """Drops records of which a decision turned out to have seen an old version."""
        for stream in streams:
            self._known.pop(stream, None)
