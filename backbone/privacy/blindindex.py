"""The blind index: keyed hashes that find a patient without anybody reading, or storing, who it is.

A term is HMAC-SHA256(index key, kind and normal form), cut to 96 bits. The index key comes from the key file
and is never in a database. What the terms still show to a thief of the database: which patients share a term,
and how often.
"""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import jellyfish

from backbone.privacy.keyfile import RootKey
from backbone.privacy.normalise import identifier_form, name_forms, phone_forms

__all__ = ["PatientSearch", "TermGroup", "TermMaker", "Term"]

Term = bytes
"""12 bytes, compared for equality only."""

TERM_BYTES: Final = 12


@dataclass(frozen=True, slots=True, repr=False)
class PatientSearch:
    """What a patient is searched by, in plain text; never printed."""

    family_name: str | None = None
    given_names: str | None = None
    birth_date: date | None = None
    phone: str | None = None
    identifier: tuple[str, str] | None = None
    """System and value."""


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One thing that was asked for: a patient fits who has any of ``exact`` or ``near``; exact ones come
    first."""

    exact: frozenset[Term]
    near: frozenset[Term] = frozenset()


class TermMaker:
    """Makes terms from plain text; ``country_code`` is that of phone numbers written without one."""

    __slots__ = ("__key", "_country_code")

    def __init__(self, root: RootKey, country_code: str = "1") -> None:
        self.__key = root.derive("blind-index")
        self._country_code = country_code

    def terms(
        self,
        family_name: str | None,
        given_names: str | None,
        birth_date: str | None,
        phones: Iterable[str],
        identifiers: Iterable[tuple[str, str]],
    ) -> frozenset[Term]:
        """Every term under which a patient shall be found."""
        forms: set[str] = set()
        for kind, name in (("family", family_name), ("given", given_names)):
            forms.update(_name_index(kind, name or ""))
        if birth_date is not None:
            forms.add(f"born:{birth_date}")
        for phone in phones:
            forms.update(f"phone:{form}" for form in phone_forms(phone, self._country_code) if form)
        forms.update(f"id:{identifier_form(system, value)}" for system, value in identifiers)
        return self._hashed(forms)

    def query(self, search: PatientSearch) -> tuple[TermGroup, ...]:
        """One group for each thing asked for: a patient must fit every group. Empty where nothing was
        asked."""
        groups: list[TermGroup] = []
        for kind, name in (("family", search.family_name), ("given", search.given_names)):
            groups.extend(self._name_query(kind, name or ""))
        if search.birth_date is not None:
            groups.append(TermGroup(self._hashed((f"born:{search.birth_date.isoformat()}",))))
        if search.phone is not None:
            full, suffix = phone_forms(search.phone, self._country_code)
            # No digits worth the name: a group that nobody fits, instead of one that everybody does.
            groups.append(
                TermGroup(
                    self._hashed((f"phone:{full}",)), self._hashed((f"phone:{suffix}",) if suffix else ())
                )
            )
        if search.identifier is not None:
            groups.append(TermGroup(self._hashed((f"id:{identifier_form(*search.identifier)}",))))
        return tuple(groups)

    def _name_query(self, kind: str, name: str) -> Iterator[TermGroup]:
        words = name_forms(name)
        joined = _joined(words)
        for forms in words:
            prefixes = dict.fromkeys((*forms, joined))
            near = {code for form in forms for code in _sounds_and_slips(form)}
            yield TermGroup(
                self._hashed(f"{kind}:prefix:{prefix}" for prefix in prefixes),
                self._hashed(f"{kind}:near:{code}" for code in near),
            )

    def _hashed(self, forms: Iterable[str]) -> frozenset[Term]:
        return frozenset(hmac.digest(self.__key, form.encode(), "sha256")[:TERM_BYTES] for form in forms)


def _name_index(kind: str, name: str) -> Iterator[str]:
    words = name_forms(name)
    for form in {form for forms in words for form in forms} | {_joined(words)}:
        for end in range(1, len(form) + 1):
            yield f"{kind}:prefix:{form[:end]}"
    for form in {form for forms in words for form in forms}:
        for code in _sounds_and_slips(form):
            yield f"{kind}:near:{code}"


def _joined(words: Sequence[tuple[str, ...]]) -> str:
    """The words in one, so that ``Mac Donald`` and ``MacDonald`` meet."""
    return "".join(forms[0] for forms in words)[:24]


def _sounds_and_slips(form: str) -> set[str]:
    """How a name sounds (Latin letters), and itself with any one letter left out.

    Two names that differ by a letter too much, too few, wrong or swapped share at least one of the latter.
    """
    codes: set[str] = set()
    if len(form) >= 4:
        codes.add(f"slip:{form}")
        codes.update(f"slip:{form[:at]}{form[at + 1 :]}" for at in range(len(form)))
    if len(form) >= 3 and form.isascii() and form.isalpha():
        codes.update(f"{name}:{code}" for name, code in _sounds(form) if len(code) >= 2)
    return codes


def _sounds(form: str) -> tuple[tuple[str, str], ...]:
    """Metaphone keeps English sounds apart, NYSIIS the vowels' places; Soundex forgives both."""
    return (
        ("metaphone", jellyfish.metaphone(form)),
        ("nysiis", jellyfish.nysiis(form)),
        ("soundex", jellyfish.soundex(form)),
    )
