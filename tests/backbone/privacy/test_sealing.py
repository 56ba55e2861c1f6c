"""What is sealed opens for its own subject, event and field only."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from backbone.privacy.datakey import DataKey
from backbone.privacy.errors import SealBrokenError
from backbone.privacy.sealed import PREFIX, Parts, Sealed, pack, unpack
from backbone.privacy.sealer import Sealer

ids = st.uuids()
keys = st.binary(min_size=32, max_size=32)
versions = st.integers(1, 2**32 - 1)
texts = st.text(max_size=200)
paths = st.sampled_from(["family_name", "given_names", "birth_date", "contacts.value", "reason"])


@given(keys, ids, ids, versions, texts, paths)
def test_sealed_text_opens_as_it_was(
    key: bytes, subject: UUID, stream: UUID, version: int, text: str, path: str
) -> None:
    sealed = DataKey(subject, key).seal(text, stream, version, path)
    assert sealed.isascii()
    assert sealed.subject == subject
    assert DataKey(subject, key).open(sealed, path) == text


@given(keys, ids, texts, st.data())
def test_any_changed_character_breaks_the_seal(
    key: bytes, subject: UUID, text: str, data: st.DataObject
) -> None:
    data_key = DataKey(subject, key)
    sealed = data_key.seal(text, subject, 1, "reason")
    at = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="))
    changed = sealed[:at] + letter + sealed[at + 1 :]
    if changed != sealed:
        with pytest.raises(SealBrokenError):
            data_key.open(changed, "reason")


@given(keys, ids, texts, st.integers(0, 400))
def test_a_shortened_text_does_not_open(key: bytes, subject: UUID, text: str, keep: int) -> None:
    data_key = DataKey(subject, key)
    sealed = data_key.seal(text, subject, 1, "reason")
    with pytest.raises(SealBrokenError):
        data_key.open(sealed[: min(keep, len(sealed) - 1)], "reason")


@given(keys, ids, texts, paths, paths)
def test_a_text_moved_to_another_field_does_not_open(
    key: bytes, subject: UUID, text: str, path: str, other: str
) -> None:
    data_key = DataKey(subject, key)
    sealed = data_key.seal(text, subject, 1, path)
    if path != other:
        with pytest.raises(SealBrokenError):
            data_key.open(sealed, other)


@given(keys, keys, ids, ids, texts)
def test_a_text_moved_to_another_patient_does_not_open(
    key: bytes, other_key: bytes, subject: UUID, other: UUID, text: str
) -> None:
    sealed = DataKey(subject, key).seal(text, subject, 1, "reason")
    if subject != other:
        with pytest.raises(SealBrokenError):
            DataKey(other, other_key).open(sealed, "reason")
        with pytest.raises(SealBrokenError):
            DataKey(other, key).open(sealed, "reason")


@given(keys, ids, ids, versions, versions)
def test_a_text_said_to_be_of_another_event_does_not_open(
    key: bytes, subject: UUID, other: UUID, version: int, other_version: int
) -> None:
    data_key = DataKey(subject, key)
    parts = unpack(data_key.seal("knee pain", subject, version, "reason"))
    moved = Parts(subject, other, other_version, parts.nonce, parts.ciphertext)
    if (other, other_version) != (subject, version):
        with pytest.raises(SealBrokenError):
            data_key.open(pack(moved), "reason")


def test_list_positions_are_no_part_of_the_field() -> None:
    data_key = DataKey(UUID(int=1), bytes(32))
    sealed = data_key.seal("+15550001", UUID(int=1), 1, "contacts[3].value")
    assert data_key.open(sealed, "contacts[0].value") == "+15550001"


def test_the_same_text_is_never_sealed_alike_twice() -> None:
    data_key = DataKey(UUID(int=1), bytes(32))
    sealed = {data_key.seal("Smith", UUID(int=1), 1, "family_name") for _ in range(100)}
    assert len(sealed) == 100


def test_a_sealer_shows_no_key_and_opens_nothing() -> None:
    sealer = Sealer(DataKey(UUID(int=1), bytes(32)))
    assert {name for name in dir(sealer) if not name.startswith("_")} == {"commitment", "seal", "subject"}


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    note: Sealed


def test_an_event_carries_it_as_a_plain_string() -> None:
    sealed = DataKey(UUID(int=1), bytes(32)).seal("Smith", UUID(int=2), 7, "note")
    event = _Event(note=sealed)
    text = event.model_dump_json()
    assert text == f'{{"note":"{sealed}"}}'
    again = _Event.model_validate_json(text)
    assert again == event
    assert type(again.note) is Sealed


@pytest.mark.parametrize("text", ["Smith", PREFIX, PREFIX + "a" * 65, PREFIX + "ä" * 80, ""])
def test_plain_text_is_no_sealed_text(text: str) -> None:
    with pytest.raises(ValidationError):
        _Event.model_validate({"note": text})
