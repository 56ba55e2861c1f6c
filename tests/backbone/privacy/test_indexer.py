"""Sealed fields become terms; an erased patient has none."""

from datetime import date
from uuid import uuid4

from backbone.privacy.blindindex import PatientSearch
from backbone.privacy.fields import BIRTH_DATE, CONTACT, FAMILY_NAME, GIVEN_NAMES, IDENTIFIER
from backbone.privacy.indexer import PatientFields
from backbone.privacy.privacy import Privacy
from backbone.privacy.sealed import Sealed


async def sealed_fields(privacy: Privacy) -> PatientFields:
    patient = uuid4()
    sealer = await privacy.new_sealer(patient)

    def seal(text: str, path: str) -> Sealed:
        return sealer.seal(text, stream=patient, version=1, path=path)

    return PatientFields(
        patient,
        seal("Smith", FAMILY_NAME),
        seal("Jane", GIVEN_NAMES),
        seal("1969-07-20", BIRTH_DATE),
        [seal("+15550104477", CONTACT)],
        [("urn:mrn", seal("123", IDENTIFIER))],
    )


async def test_a_patient_is_found_by_terms_made_of_ciphertext(privacy: Privacy) -> None:
    patient = await sealed_fields(privacy)
    (terms,) = await privacy.terms([patient])
    search = PatientSearch("smi", "jan", date(1969, 7, 20), "555 010 4477", ("urn:mrn", "123"))
    assert all(terms & group.exact for group in privacy.query(search))


async def test_an_erased_patient_has_no_terms(privacy: Privacy) -> None:
    erased, other = await sealed_fields(privacy), await sealed_fields(privacy)
    await privacy.destroy_keys([erased.patient_id])
    terms = await privacy.terms([erased, other])
    assert not terms[0]
    assert terms[1]


async def test_a_damaged_field_is_left_out(privacy: Privacy) -> None:
    patient, other = await sealed_fields(privacy), await sealed_fields(privacy)
    damaged = PatientFields(patient.patient_id, other.family_name, patient.given_names)
    (terms,) = await privacy.terms([damaged])
    (family,) = privacy.query(PatientSearch(family_name="Smith"))
    (given_names,) = privacy.query(PatientSearch(given_names="Jane"))
    assert not terms & family.exact
    assert terms & given_names.exact
