"""What happens to a patient's record. Whatever identifies the patient is sealed."""

from typing import ClassVar, Literal
from uuid import UUID

from backbone.events import DomainEvent
from services.booking.sealed import Sealed
from services.booking.values import RelationshipCode, Value

__all__ = [
    "Contact",
    "Coverage",
    "Identifier",
    "LegalHoldLifted",
    "LegalHoldSet",
    "PatientDetails",
    "PatientDetailsChanged",
    "PatientErased",
    "PatientEvent",
    "PatientRegistered",
    "PatientsMerged",
    "PatientsUnmerged",
]


class Identifier(Value):
    """A number by which some system knows the patient."""

    system: str
    """Who gave the number: a URI or a name that the installation chose."""
    value: Sealed


class Contact(Value):
    """A way to reach the patient, or somebody who acts for them."""

    channel: Literal["sms", "email", "voice"]
    """What it is used for."""
    value: Sealed
    relationship_code: RelationshipCode | None = None
    """Whose it is, seen from the patient; null: the patient's own."""
    relationship_note: Sealed | None = None
    """Whose it is, in somebody's own words where no code fits; may name a person, so it is ciphertext."""


class Coverage(Value):
    """An insurance that pays for the patient."""

    payer: str
    """The insurer's name or code."""
    plan: str
    """The plan's name or code, as the insurer calls it."""
    member_id: Sealed


class PatientDetails(Value):
    """What is known of a patient."""

    family_name: Sealed
    given_names: Sealed
    birth_date: Sealed
    """``YYYY-MM-DD``."""
    identifiers: tuple[Identifier, ...] = ()
    """All that are known."""
    contacts: tuple[Contact, ...] = ()
    """All that are known, in the order in which they were given."""
    time_zone: str | None = None
    """IANA name; null: the facility's."""
    language: str | None = None
    """The language to speak and write in, as a BCP 47 tag; null: not known."""
    coverages: tuple[Coverage, ...] = ()
    """All that are known, in the order in which they were given."""


class PatientEvent(DomainEvent):
    """Something happened to a patient's record; ``patient_id`` is random and says nothing by itself."""

    service: ClassVar[str] = "booking"
    kafka_topic: ClassVar[str] = "almanac.booking.patients"

    patient_id: UUID
    """The stream's id and the record's key."""


class PatientRegistered(PatientDetails, PatientEvent):
    """A patient was registered."""

    schema_version: ClassVar[int] = 2

    key_commitment: str | None = None
    """HMAC-SHA256 of "commit" under the patient's key, in hex: shows later which key was made and gives
    nothing of it away; null: registered before it was kept."""


class PatientDetailsChanged(PatientDetails, PatientEvent):
    """A patient's details were corrected or completed; the event has all of them, as they are after."""

    schema_version: ClassVar[int] = 2

    changed: tuple[str, ...]
    """Names of the fields that differ from before."""


class PatientsMerged(PatientEvent):
    """Two records are of one person. Recorded in the streams of both; ``patient_id`` is the stream's own."""

    survivor_id: UUID
    """The record that stays."""
    merged_id: UUID
    """The record that now belongs to the other."""


class PatientsUnmerged(PatientEvent):
    """Two merged records were of two persons after all. Recorded in the streams of both."""

    survivor_id: UUID
    """The record that had stayed."""
    merged_id: UUID
    """The record that stands by itself again."""


class LegalHoldSet(PatientEvent):
    """The patient's data must be kept, whoever asks for their erasure."""

    hold_id: UUID
    """Names this hold: a patient may be under several."""
    reason_code: str
    """Why, in the installation's own codes."""


class LegalHoldLifted(PatientEvent):
    """One legal hold on the patient's data has ended; others may still stand."""

    hold_id: UUID
    """The hold that ended, as in its ``LegalHoldSet``."""
    reason_code: str
    """Why, in the installation's own codes."""


class PatientErased(PatientEvent):
    """The patient's key was destroyed: nobody can read what is encrypted under it any more."""

    reason_code: str
    """Why, in the installation's own codes."""
