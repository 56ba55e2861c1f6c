"""Normal forms: what is written in different ways and means the same gets the same form before it is
hashed."""

import re
import unicodedata
from typing import Final

__all__ = ["identifier_form", "name_forms", "phone_forms"]

_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"}
)
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_INSIDE_A_NAME: Final = re.compile(r"['’ʼ`´.]")
_BETWEEN_NAMES: Final = re.compile(r"[\W_]+")
_NOT_A_DIGIT: Final = re.compile(r"\D")
MAX_TOKENS: Final = 8
"""Words of a name that are indexed."""
MAX_LETTERS: Final = 24
"""Letters of a word that are indexed."""
SUFFIX_DIGITS: Final = 7
"""A phone number without its area code, in most of North America."""


def name_forms(name: str) -> list[tuple[str, ...]]:
    """Each word of a name in its forms, best first: without accents, and with umlauts written out.

    ``Müller-O'Brien`` -> ``[("muller", "mueller"), ("obrien",)]``. Words beyond the eighth are left out.
    """
    folded = unicodedata.normalize("NFC", name).casefold()
    folded = _INSIDE_A_NAME.sub("", folded)
    words = (word for word in _BETWEEN_NAMES.split(_with_marks_joined(folded)) if word)
    forms = (dict.fromkeys((_bare(word), _bare(word.translate(_UMLAUTS)))) for word in words)
    return [tuple(form) for form in forms if any(form)][:MAX_TOKENS]


def _with_marks_joined(text: str) -> str:
    # Combining marks without a composed form are not "word" characters: they must not split a name.
    return "".join(letter for letter in text if unicodedata.category(letter) != "Mn")


def _bare(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word)
    letters = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    return letters.casefold().translate(_LETTERS)[:MAX_LETTERS]


def phone_forms(phone: str, country_code: str = "1") -> tuple[str | None, str | None]:
    """E.164 form and its last seven digits (the second tells near matches); None where there are too few
    digits.

    A number without ``+`` or ``00`` is taken as a national one of ``country_code``, its trunk zero dropped
    (ITU-T E.164: at most 15 digits).
    """
    digits = _NOT_A_DIGIT.sub("", unicodedata.normalize("NFKC", phone))
    text = phone.strip()
    if text.startswith("+"):
        full = digits
    elif digits.startswith("00"):
        full = digits[2:]
    elif country_code == "1" and len(digits) == 11 and digits.startswith("1"):
        full = digits
    else:
        full = country_code + digits.lstrip("0")
    if len(digits) < SUFFIX_DIGITS or not SUFFIX_DIGITS <= len(full) <= 15:
        return None, None
    return "+" + full, digits[-SUFFIX_DIGITS:]


def identifier_form(system: str, value: str) -> str:
    """``system|value`` with the system as it is (a URI) and the value without blanks and case."""
    compact = "".join(unicodedata.normalize("NFKC", value).split()).casefold()
    return f"{system.strip()}|{compact}"
