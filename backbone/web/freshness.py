"""Reading from projections behind a route: what can go wrong there, as problems."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Query

from backbone.projecting.positions import InvalidPosition
from backbone.projecting.reading import TooOld
from backbone.store.unavailability import is_unavailability
from backbone.web.problems import Problem

__all__ = ["AtLeast", "reading_views"]

AtLeast = Annotated[str | None, Query(max_length=8192, description="A position: read no older than that.")]
"""``at_least: AtLeast = None``"""


@asynccontextmanager
async def reading_views() -> AsyncIterator[None]:
    """Around reads of projections: ``not-yet-visible``, ``unavailable``, and ``invalid`` for a position that
    was never given out."""
    try:
        yield
    except InvalidPosition:
        raise Problem("invalid", "at_least takes a position as it was given out.") from None
    except TooOld as error:
        raise Problem("not-yet-visible", headers={"Retry-After": str(error.retry_after_seconds)}) from None
    except Exception as error:
        if is_unavailability(error):
            raise Problem("unavailable", headers={"Retry-After": "1"}) from error
        raise
