"""What answers consist of, for the reference: the models named by a route's ``response_model``.

Routes write their JSON themselves and pay nothing for it; tests hold what they write against these.
"""

from pydantic import BaseModel, ConfigDict

__all__ = ["Page", "Read", "Shown", "Written"]


class Shown(BaseModel):
    """A part of an answer. More fields may come; who reads it ignores those that it doesn't know."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Written(Shown):
    """The answer to a change."""

    version: int
    """Of what was changed, as it is after; the same as in ``ETag``."""
    position: str
    """Give it to a read as ``at_least``, and the answer holds this change."""


class Read(Shown):
    """The answer to a read of what is kept from events."""

    position: str
    """How far the events are in it."""


class Page(Shown):
    """A part of a list."""

    next: str | None
    """The ``cursor`` of the next part; null at the end."""
