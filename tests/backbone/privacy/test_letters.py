"""Dead letters: sealed whole, opened with the same root key only."""

from collections.abc import Callable

import pytest

from backbone.privacy.errors import SealBrokenError
from backbone.privacy.keyfile import RootKey
from backbone.privacy.letters import LetterSeal
from backbone.privacy.privacy import Privacy
from tests.backbone.privacy.conftest import ROOT

OURS, OTHERS = RootKey(bytes(32)), RootKey(bytes([1] * 32))


@pytest.mark.parametrize("value", [b"", b'{"visit_type": "oncology"}', bytes(range(256)) * 300])
def test_a_sealed_letter_opens_to_what_it_was_and_shows_nothing(value: bytes) -> None:
    sealed = LetterSeal(OURS).seal(value)
    assert sealed.startswith(b"letter1:")
    assert sealed.isascii()
    assert b"oncology" not in sealed
    assert LetterSeal(OURS).open(sealed) == value


def test_no_two_are_alike() -> None:
    seal = LetterSeal(OURS)
    assert seal.seal(b"x") != seal.seal(b"x")


@pytest.mark.parametrize("change", [lambda s: s[:-4], lambda s: b"x" + s, lambda s: s[:8], lambda s: b"{}"])
def test_what_was_changed_does_not_open(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(SealBrokenError):
        LetterSeal(OURS).open(change(LetterSeal(OURS).seal(b"value")))


def test_another_installation_cannot_open_it() -> None:
    with pytest.raises(SealBrokenError):
        LetterSeal(OTHERS).open(LetterSeal(OURS).seal(b"value"))


async def test_services_seal_through_the_privacy_backbone(privacy: Privacy) -> None:
    assert LetterSeal(ROOT).open(privacy.letters.seal(b"value")) == b"value"
