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
    """Whose number it is: a URI or a name that the installation chose."""
    value: Sealed


class Contact(Value):
    """A way to reach the patient, or somebody who acts for them."""

    channel: Literal["sms", "email", "voice"]
    """How it is used."""
    value: Sealed
    relationship_code: RelationshipCode | None = None
    """Whose it is, where it is not the patient's own."""
    relationship_note: Sealed | None = None
    """The same in words that somebody chose; may name somebody, so it is ciphertext."""


class Coverage(Value):
    """Who pays."""

    payer: str
    """Its name or code."""
    plan: str
    """Its name or code with the payer."""
    member_id: Sealed


class PatientDetails(Value):
    """What is known of a patient."""

    family_name: Sealed
    given_names: Sealed
    birth_date: Sealed
    """ISO date."""
    identifiers: tuple[Identifier, ...] = ()
    """All that are known."""
    contacts: tuple[Contact, ...] = ()
    """All that are known, in the order in which they were given."""
    time_zone: str | None = None
    """IANA name, where it isn't the facility's."""
    language: str | None = None
    """BCP 47."""
    coverages: tuple[Coverage, ...] = ()
    """All that are known, in the order in which they were given."""


class PatientEvent(DomainEvent):
    """Something happened to a patient's record; ``patient_id`` is random and says nothing by itself."""

    service: ClassVar[str] = "booking"
    kafka_topic: ClassVar[str] = "almanac.booking.patients"

    patient_id: UUID
    """The stream's id and the record's key."""


class PatientRegistered(PatientDetails, PatientEvent):
    """A patient became known."""

    schema_version: ClassVar[int] = 2

    key_commitment: str | None = None
    """HMAC-SHA256(the patient's key, "commit") in hex: shows later which key was made, and gives nothing
    away; null: registered before it was kept."""


class PatientDetailsChanged(PatientDetails, PatientEvent):
    """What is known was corrected or completed; the whole as it is after."""

    schema_version: ClassVar[int] = 2

    changed: tuple[str, ...]
    """Names of the fields that differ from before."""


class PatientsMerged(PatientEvent):
    """Two records are one person. Stands in the streams of both; ``patient_id`` is the stream's own."""

    survivor_id: UUID
    """The record that stays."""
    merged_id: UUID
    """The record that is now part of it."""


class PatientsUnmerged(PatientEvent):
    """They were two persons after all. Stands in the streams of both."""

    survivor_id: UUID
    """The record that had stayed."""
    merged_id: UUID
    """The record that stands by itself again."""


class LegalHoldSet(PatientEvent):
    """What is known of the patient must be kept, whoever asks for its erasure."""

    hold_id: UUID
    """Its own id: a patient may be under several."""
    reason_code: str
    """Why, in the installation's own codes."""


class LegalHoldLifted(PatientEvent):
    """One reason to keep it is gone."""

    hold_id: UUID
    """Which."""
    reason_code: str
    """Why, in the installation's own codes."""


class PatientErased(PatientEvent):
    """The patient's key is destroyed: what was sealed can't be read any more, by anybody."""

    reason_code: str
    """Why, in the installation's own codes."""
