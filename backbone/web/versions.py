"""``ETag`` and ``If-Match``: the version of the stream that a caller has read."""

import re
from typing import Final

from starlette.requests import Request

from backbone.web.headers import header_of
from backbone.web.problems import Problem

__all__ = ["etag", "expected_version"]

_ETAG: Final = re.compile(r'"(\d{1,18})"', re.ASCII)


def etag(version: int) -> str:
    """The strong entity tag of a stream's version."""
    return f'"{version}"'


def expected_version(request: Request) -> int | None:
    """The version in ``If-Match``; None where there is none, or any will do (``*``)."""
    given = header_of(request, b"if-match")
    if given is None or given.strip() == "*":
        return None
    match = _ETAG.fullmatch(given.strip())
    if match is None:
        raise Problem("invalid", "If-Match takes back the ETag of a read, as it was.")
    return int(match[1])
