"""A patient's identity is found wherever it stands in a record, and ciphertext raises no false alarm."""

from typing import Any
from uuid import uuid4

import pytest

from cli.demo.checking.secrecy import identities, no_identities
from tests.cli.demo.records import record

PATIENT = {
    "family_name": "O'Connor",
    "given_names": "Mei",
    "birth_date": "1984-02-29",
    "identifiers": [{"system": "urn:example:mrn", "value": "200007"}],
    "contacts": [{"channel": "sms", "value": "+1-312-555-0142"}],
    "coverages": [{"payer": "P", "plan": "Q", "member_id": "123456789"}],
}
SECRETS = identities([PATIENT], public=["Dr. Hana Takeda"])


def leaks(data: dict[str, Any], headers: dict[str, str] | None = None) -> bool:
    seen = [record(uuid4(), 1, data, headers=headers)]
    return not no_identities(seen, SECRETS, frozenset({"Rash on both"})).held


@pytest.mark.parametrize(
    "text",
    [
        "O'Connor",
        "for MEI, tomorrow",
        "1984-02-29",
        "200007",
        "312-555-0142",
        "tel:+1-312-555-0142",
        "123456789",
    ],
)
def test_a_name_or_number_of_a_patient_is_found_in_a_value_and_in_a_header(text: str) -> None:
    assert leaks({"note": {"inner": [text]}})
    assert leaks({}, {"ce_subject": text})


def test_what_a_caller_said_is_found() -> None:
    assert leaks({"reason": "Rash on both arms"})


def test_pseudonyms_times_and_ciphertext_are_no_leak() -> None:
    assert not leaks({"patient_id": str(uuid4()), "n": 20000, "at": "2030-01-01T10:00:00.200007Z"})
    assert not leaks({"family_name": "sealed1:" + "0_Mei-9" * 12})


def test_a_name_that_a_provider_shares_gives_nobody_away() -> None:
    assert "takeda" not in identities([PATIENT | {"family_name": "Takeda"}], public=["Dr. Hana Takeda"])
