"""The published schemas of commands: what a sender may write is what Almanac takes."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.catalogue import command_owners, load
from cli.schemas import FOLDER
from cli.schemas.commands import command_schema, command_type, forms_of
from cli.schemas.tree import read_documents

FORMS = forms_of(load())
SCHEMAS = {name: command_schema(name, form, "https://almanac.test") for name, form in FORMS.items()}
JWE = "eyJhbGciOiJFQ0RILUVTIn0..aXY.dGV4dA.dGFn"
ID = "01a20baa-0ec4-778a-b5ef-000000000001"
PATIENT = {"system": "mrn", "value": JWE}
VISIT = {"visit_type": "check-up", "starts_at": "2031-03-04T09:00:00+01:00", "resource_ids": [ID]}


def fits(name: str, body: Any) -> bool:
    return bool(Draft202012Validator(SCHEMAS[name]).is_valid(body))


def test_every_command_has_one_owner_and_the_owner_has_its_form() -> None:
    owners = {service.name: getattr(service, "commands", {}) for service in load()}
    for name in FORMS:
        owner = command_owners().of(command_type(name))
        assert owner is not None
        assert [service for service, forms in owners.items() if name in forms] == [owner]


@pytest.mark.parametrize("name", FORMS)
def test_each_is_a_schema_in_the_asyncapi_document(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    documents = read_documents(FOLDER)
    kind = command_type(name)
    assert f"commands/{kind}.json" in documents
    assert kind in documents["asyncapi.yaml"]["channels"]["commands"]["messages"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("BookAppointment", VISIT | {"patient_id": ID, "reason": JWE}),
        ("BookAppointment", VISIT | {"patient": PATIENT}),
        ("BookAppointment", {"hold": ID}),
        ("ConfirmAppointment", {}),
        ("ConfirmAppointment", {"appointment_id": ID}),
        ("RegisterPatient", {"family_name": JWE, "given_names": JWE, "birth_date": JWE}),
        ("ChangePatientDetails", {"patient": PATIENT, "identifiers": [PATIENT], "language": "en"}),
        ("MergePatients", {"patient": PATIENT, "merged": PATIENT}),
        ("ReportDelay", {"resource_id": ID, "minutes": 5, "reason": "emergency"}),
        ("ReportDelay", {"resource_id": ID, "minutes": 5, "reason": JWE}),
    ],
)
def test_what_is_taken_fits(name: str, body: Any) -> None:
    assert fits(name, body)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("BookAppointment", VISIT | {"patient_id": ID, "reason": "swollen"}),
        ("BookAppointment", VISIT | {"patient": {"system": "mrn", "value": "4711"}}),
        ("CancelAppointment", {"by": "clinic", "reason_code": "x", "note": "Ann is ill"}),
        ("RegisterPatient", {"family_name": "Alba", "given_names": JWE, "birth_date": JWE}),
        ("ChangePatientDetails", {"contacts": [{"channel": "sms", "value": "+1 212 555 0100"}]}),
        ("ReportDelay", {"resource_id": ID, "minutes": 5, "reason": "stayed with Ann"}),
        ("RescheduleAppointments", {"moves": []}),
        ("ConfirmAppointment", {"why": 1}),
    ],
)
def test_what_is_refused_does_not(name: str, body: Any) -> None:
    assert not fits(name, body)


def test_what_no_service_declares_is_nobodys_and_one_service_deals_with_it() -> None:
    owners = command_owners()
    assert owners.of("almanac.commands.BookAppointment.v1") == "booking"
    for odd in ("almanac.commands.BookAppointment.v2", "almanac.commands.Nothing.v1", "BookAppointment.v1"):
        assert owners.of(odd) is None
    assert owners.fallback in {service.name for service in load() if getattr(service, "commands", {})}
