"""What a route is sent: JSON, checked against a strict model before the route sees any of it."""

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from backbone.web.headers import header_of
from backbone.web.problems import Problem
from backbone.web.refusing import invalid

__all__ = ["Body", "JsonBody", "Posted", "is_json", "read_json"]

Model = TypeVar("Model", bound=BaseModel)
_SPACED = re.compile(rb'"\s+:')


class Body(BaseModel):
    """The base of every body. Unknown fields are refused, blanks around texts dropped, no text is endless."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, str_max_length=4000, allow_inf_nan=False
    )


class JsonBody:
    """A FastAPI dependency that reads the body as ``model``, in Pydantic's strict JSON mode."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model

    async def __call__(self, request: Request) -> Any:
        return read_json(header_of(request, b"content-type"), await request.body(), self.model)


if TYPE_CHECKING:
    Posted = Annotated[Model, "the checked body"]
else:

    class Posted:
        """``body: Posted[BookAppointment]`` in a route's signature, after ``call``: who may not call is told
        that first."""

        def __class_getitem__(cls, model: type[BaseModel]) -> Any:
            return Annotated[model, Depends(JsonBody(model))]


def read_json(content_type: str | None, raw: bytes, model: type[Model]) -> Model:
    """The body as ``model``, raising the fitting ``Problem`` otherwise. No body at all counts as ``{}``."""
    if not raw:
        raw = b"{}"
    elif not is_json(content_type):
        raise Problem("unsupported-media-type")
    if b"\\u0000" in raw or b"\0" in raw:
        raise Problem("invalid", "No text may hold a NUL character.")
    try:
        read = model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise invalid([each | {"loc": ("body", *each["loc"])} for each in found]) from None
    if _says_twice(raw):
        raise Problem("invalid", "An object has the same name twice: which one counts?")
    return read


def _says_twice(raw: bytes) -> bool:
    """Whether an object of a valid JSON text has a name twice (RFC 8259, 4: what that means is anybody's
    guess, and another reader of the same body may guess otherwise)."""
    if b"\\" not in raw and _SPACED.search(raw) is None:
        # A name reaches from the last quote to the next `":`. Where none comes twice in the whole body, which
        # is the usual case, that is enough: it takes a third of the time.
        up_to = raw.split(b'":')[:-1]
        if len({text[text.rfind(b'"') :] for text in up_to}) == len(up_to):
            return False
    try:
        json.loads(raw, object_pairs_hook=_named_once)
    except _Twice:
        return True
    return False


class _Twice(Exception):
    pass


def _named_once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _Twice


def is_json(content_type: str | None) -> bool:
    """Whether the media type is JSON, or a kind of it (``application/cloudevents+json``)."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
