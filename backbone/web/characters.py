"""Which characters a text may have: what is shown must be what is there."""

import unicodedata
from typing import Final

from backbone.web.refusing import unacceptable

__all__ = ["free_text", "one_line"]

_NEVER: Final = frozenset(("Cc", "Cs", "Co", "Cn"))
"""Controls, halves of surrogate pairs, private and unassigned code points (Unicode general categories)."""
_INVISIBLE: Final = frozenset(("Cf", "Zl", "Zp"))
_JOINERS: Final = frozenset("\u200c\u200d")
"""Zero width, and part of the spelling of names in Persian and in the languages of India."""
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidirectional embeddings, overrides and isolates (UAX 9): they turn what stands around them."""


def one_line(text: str) -> str:
    """A name or label: any letters and marks, nothing invisible and no second line. A validator."""
    if not text.isprintable():
        for mark in text:
            category = unicodedata.category(mark)
            if category in _NEVER or (category in _INVISIBLE and mark not in _JOINERS):
                raise unacceptable("no line breaks, control characters, or invisible marks")
    return text


def free_text(text: str) -> str:
    """Lines of text, with tabs; nothing that turns the order in which the rest is read. A validator."""
    if not text.isprintable():
        for mark in text:
            if mark in _TURNING or (unicodedata.category(mark) in _NEVER and mark not in "\n\t"):
                raise unacceptable("no control characters, and none that change the direction of text")
    return text
