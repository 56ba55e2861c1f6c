"""Who is looked for is found: by prefix, near spelling, birth date, phone, identifier; nobody else is."""

from collections import Counter
from datetime import date
from json import loads
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.privacy.blindindex import PatientSearch, Term, TermMaker
from backbone.privacy.keyfile import RootKey
from backbone.privacy.normalise import name_forms, phone_forms
from tests.backbone.privacy.conftest import ROOT

maker = TermMaker(ROOT)
PATIENTS = Path(__file__).parents[3] / "examples" / "clinic" / "patients.ndjson"


def indexed(
    family: str = "Smith",
    given_names: str = "Jane Ann",
    born: str = "1969-07-20",
    phones: tuple[str, ...] = ("+1 (555) 010-4477",),
    identifiers: tuple[tuple[str, str], ...] = (("urn:mrn", "AB-123 456"),),
) -> frozenset[Term]:
    return maker.terms(family, given_names, born, phones, identifiers)


def fits(terms: frozenset[Term], search: PatientSearch) -> str | None:
    """exact, near, or None."""
    groups = maker.query(search)
    if not groups or not all(terms & (group.exact | group.near) for group in groups):
        return None
    return "exact" if all(terms & group.exact for group in groups) else "near"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Smith", "S"),
        ("Smith", "smi"),
        ("Smith", "SMITH"),
        ("O'Brien", "obri"),
        ("O’Brien", "O'Brien"),
        ("Müller", "muller"),
        ("Müller", "mueller"),
        ("Mu\u0308ller", "Müller"),
        ("Strauß", "strauss"),
        ("Łukasiewicz", "lukas"),
        ("Nguyễn", "nguyen"),
        ("Smith-Jones", "jones"),
        ("Smith-Jones", "smith j"),
        ("MacDonald", "mac donald"),
        ("Mac Donald", "macdonald"),
        ("van der Berg", "berg"),
        ("王", "王"),
        ("Иванов", "иван"),
    ],
)
def test_a_name_is_found_by_how_it_begins(name: str, asked: str) -> None:
    assert fits(indexed(family=name), PatientSearch(family_name=asked)) == "exact"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Smith", "Smyth"),
        ("Garcia", "Gracia"),
        ("Johnson", "Jonson"),
        ("Catherine", "Katherine"),
        ("Meyer", "Mayer"),
        ("Stephens", "Stevens"),
        ("Thompson", "Tompson"),
        ("Rodriguez", "Rodrigues"),
        ("Kowalski", "Kowalsky"),
        ("Stewart", "Stuart"),
        ("Shepherd", "Sheppard"),
        ("Catherine", "Kathryn"),
        ("Meyer", "Maier"),
    ],
)
def test_a_name_is_found_by_a_near_spelling(name: str, asked: str) -> None:
    assert fits(indexed(family=name), PatientSearch(family_name=asked)) == "near"


def test_few_of_a_clinic_s_patients_are_near_whoever_is_looked_for() -> None:
    """Family names of the examples: whoever is looked for is not one of too many who sound alike."""
    people = [loads(line)["family_name"] for line in PATIENTS.read_text().splitlines()]
    count = Counter(people)
    terms = {name: maker.terms(name, None, None, (), ()) for name in count}
    asked = {name: maker.query(PatientSearch(name)) for name in count}
    near = sum(
        count[one] * count[other]
        for one, groups in asked.items()
        for other, known in terms.items()
        if one != other and all(not known.isdisjoint(group.exact | group.near) for group in groups)
    )
    assert 1.0 < near / len(people) < 3.0


@pytest.mark.parametrize("asked", ["Jones", "ith", "Smithson", "Jane", "", " ", "-"])
def test_another_name_finds_nobody(asked: str) -> None:
    assert fits(indexed(), PatientSearch(family_name=asked)) is None


def test_everything_asked_for_must_fit() -> None:
    assert fits(indexed(), PatientSearch("smith", "jane", date(1969, 7, 20))) == "exact"
    assert fits(indexed(), PatientSearch("smith", "ann")) == "exact"
    assert fits(indexed(), PatientSearch("smith", "jane", date(1969, 7, 21))) is None


def test_nothing_asked_for_gives_no_groups() -> None:
    assert maker.query(PatientSearch()) == ()


@pytest.mark.parametrize(
    ("asked", "how"),
    [
        ("+15550104477", "exact"),
        ("555 010 4477", "exact"),
        ("1-555-010-4477", "exact"),
        ("0015550104477", "exact"),
        ("(555) 010-4477", "exact"),
        ("0104477", "near"),
        ("555 010 4478", None),
        ("477", None),
        ("call me", None),
    ],
)
def test_a_phone_number_is_found_however_it_is_written(asked: str, how: str | None) -> None:
    assert fits(indexed(), PatientSearch(phone=asked)) == how


def test_an_identifier_is_found_within_its_system_only() -> None:
    assert fits(indexed(), PatientSearch(identifier=("urn:mrn", "ab-123456"))) == "exact"
    assert fits(indexed(), PatientSearch(identifier=("urn:other", "AB-123456"))) is None


def test_a_national_number_loses_its_trunk_zero() -> None:
    assert phone_forms("020 7946 0018", "44") == ("+442079460018", "9460018")
    assert phone_forms("+44 20 7946 0018", "1") == ("+442079460018", "9460018")


def test_terms_say_nothing_without_the_index_key() -> None:
    other = TermMaker(RootKey(bytes(32)))
    assert not indexed() & other.terms("Smith", "Jane Ann", "1969-07-20", (), ())
    assert all(len(term) == 12 for term in indexed())


def test_a_given_name_is_no_family_name() -> None:
    assert not maker.terms("Ann", None, None, (), ()) & maker.terms(None, "Ann", None, (), ())


@given(st.text(max_size=300))
def test_any_name_has_forms_and_terms_that_find_it_again(name: str) -> None:
    words = name_forms(name)
    assert len(words) <= 8
    assert all(form for forms in words for form in forms)
    if words:
        assert fits(indexed(family=name), PatientSearch(family_name=name)) == "exact"


@given(st.text(max_size=60), st.sampled_from(["1", "44", "49"]))
def test_any_phone_number_is_a_valid_one_or_none(phone: str, country_code: str) -> None:
    full, suffix = phone_forms(phone, country_code)
    assert (full is None) == (suffix is None)
    assert full is None or (7 <= len(full) - 1 <= 15 and len(suffix or "") == 7)
