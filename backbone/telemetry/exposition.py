"""What Prometheus reads at one address: this process's figures, and those of the processes behind it."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest

__all__ = ["CONTENT_TYPE", "Exposition", "Scrape", "merge"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PATIENCE_SECONDS: Final = 1.0

Scrape = Callable[[], Awaitable[str]]
"""Gets another process's page; raises where it can't."""

_SAMPLE: Final = re.compile(r"^(\w+)(?:\{(.*)\})? (?=[^ ]+$)", re.MULTILINE)
_UP: Final = (
    "# HELP almanac_part_up Whether this part's figures could be had.\n# TYPE almanac_part_up gauge\n"
)


class Exposition:
    """The page of one process, each figure under its part: ``http``, ``workers`` or ``all``."""

    def __init__(
        self,
        registry: CollectorRegistry,
        part: str = "all",
        others: Mapping[str, Scrape] | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """``patience``: seconds that another process has to answer."""
        self._registry = registry
        self._part = part
        self._others = dict(others or {})
        self._patience = patience

    async def page(self) -> str:
        """Text format 0.0.4. A process that does not answer in time is left out, and is shown as down."""
        own = _labelled(generate_latest(self._registry).decode(), self._part)
        others = dict(
            zip(self._others, await asyncio.gather(*map(self._had, self._others.values())), strict=True)
        )
        ups = [f'almanac_part_up{{part="{part}"}} {int(page is not None)}' for part, page in others.items()]
        ups.insert(0, f'almanac_part_up{{part="{self._part}"}} 1')
        there = [_without_up(page) for page in others.values() if page is not None]
        return merge([own, *there]) + _UP + "\n".join(ups) + "\n"

    async def _had(self, scrape: Scrape) -> str | None:
        try:
            return await asyncio.wait_for(scrape(), self._patience)
        except Exception:  # whatever it is, its figures are not there
            return None


def _labelled(page: str, part: str) -> str:
    def labelled(match: re.Match[str]) -> str:
        name, labels = match.groups()
        return f'{name}{{{labels + "," if labels else ""}part="{part}"}} '

    return _SAMPLE.sub(labelled, page)


def _without_up(page: str) -> str:
    return page.partition(_UP)[0]


def merge(pages: Iterable[str]) -> str:
    """One page of several: a family's samples stand together, under one heading.

    When a counter was made is left out: Prometheus would keep a series of it beside each counter.
    """
    families: dict[str, tuple[str, list[str]]] = {}
    for page in pages:
        for block in page.split("# HELP ")[1:]:
            name = block.partition(" ")[0]
            if name.endswith("_created"):
                continue
            help_line, type_line, samples = block.split("\n", 2)
            heading = f"# HELP {help_line}\n{type_line}\n"
            families.setdefault(name, (heading, []))[1].append(samples)
    return "".join(heading + "".join(samples) for heading, samples in families.values())
