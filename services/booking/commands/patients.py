"""What may be asked about patients. The texts are plain here, so no request is ever logged or kept."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from backbone.web.refusing import unacceptable
from backbone.web.times import Day
from services.booking.commands.texts import Code, Command, Label, Name, NameOfSystem, Zone

__all__ = [
    "ApproveErasure",
    "ChangePatient",
    "ContactWanted",
    "CoverageWanted",
    "IdentifierWanted",
    "MergePatients",
    "RegisterPatient",
    "SearchPatients",
    "UnmergePatients",
    "WithReason",
]


FIRST_BIRTH_YEAR = 1880


def _plausible(birth_date: date) -> date:
    if birth_date.year < FIRST_BIRTH_YEAR:
        raise unacceptable("nobody alive was born then")
    return birth_date


_Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
_BirthDate = Annotated[Day, AfterValidator(_plausible)]


class IdentifierWanted(Command):
    """A number by which some system knows the patient."""

    system: NameOfSystem
    value: Label


class ContactWanted(Command):
    """A way to reach the patient, or somebody who acts for them."""

    channel: Literal["sms", "email", "voice"]
    value: Name
    relationship: Label | None = None
    """One of the codes, or other words: these are kept as ciphertext only."""

    @model_validator(mode="after")
    def _fits_channel(self) -> Self:
        if self.channel == "email":
            if "@" not in self.value.strip("@"):
                raise unacceptable("not an e-mail address")
        elif sum(mark.isdigit() for mark in self.value) < 3:
            raise unacceptable("not a phone number")
        return self


class CoverageWanted(Command):
    """An insurance that pays for the patient."""

    payer: Label
    """Like the plan, an organisation's name or code: neither is sealed."""
    plan: Label
    member_id: Label


_Identifiers = Annotated[tuple[IdentifierWanted, ...], Field(max_length=20)]
_Contacts = Annotated[tuple[ContactWanted, ...], Field(max_length=20)]
_Coverages = Annotated[tuple[CoverageWanted, ...], Field(max_length=10)]


class RegisterPatient(Command):
    """A patient who is not known yet."""

    family_name: Name
    given_names: Name
    birth_date: _BirthDate
    identifiers: _Identifiers = ()
    contacts: _Contacts = ()
    time_zone: Zone | None = None
    language: _Language | None = None
    coverages: _Coverages = ()


class ChangePatient(Command):
    """What is left out stays as it is; lists are replaced whole."""

    family_name: Name | None = None
    given_names: Name | None = None
    birth_date: _BirthDate | None = None
    identifiers: _Identifiers | None = None
    contacts: _Contacts | None = None
    time_zone: Zone | None = None
    language: _Language | None = None
    coverages: _Coverages | None = None


class SearchPatients(Command):
    """What is known of the patient; every part must fit."""

    family_name: Name | None = None
    given_names: Name | None = None
    birth_date: _BirthDate | None = None
    phone: Label | None = None
    identifier: IdentifierWanted | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set or all(getattr(self, name) is None for name in type(self).model_fields):
            raise unacceptable("name at least one thing to search by")
        return self


class MergePatients(Command):
    """``merged_id`` is the same person as the patient that stays."""

    merged_id: UUID


class WithReason(Command):
    """What is done for a reason: an erasure asked for or withdrawn, a legal hold set or lifted."""

    reason_code: Code


class ApproveErasure(Command):
    """What was asked for shall be."""


class UnmergePatients(Command):
    """``merged_id`` was another person after all."""

    merged_id: UUID
