"""The search finds what is there, however it is written: else finding nothing would say nothing."""

import json
from base64 import b64encode
from urllib.parse import quote

from tests.sight.searching import shown
from tests.sight.test_secrecy import PLANTED, REASON


def test_the_search_finds_what_is_there() -> None:
    for needle in PLANTED:
        hidden = (
            needle.encode(),
            f"name={quote(needle)}&x=1".encode(),
            b"\\x" + f"<{needle}>".encode().hex().encode(),
            json.dumps({"a": needle.upper()}).encode(),
        )
        for text in hidden:
            assert needle in shown(b"before " + text + b" after", PLANTED), (needle, text)
    assert shown(b64encode(REASON.encode() * 2), (REASON,))
