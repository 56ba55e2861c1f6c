"""Which tests stay together where several processes share them."""

from xdist.scheduler import LoadScopeScheduling

__all__ = ["Sharing", "in_order", "together"]

ONE_HOUSE = ("tests/faults", "tests/sight", "tests/guarded")
"""Folders whose tests share a whole Almanac, or a broker of their own; those under faults take longest, so
they begin first."""


def together(nodeid: str) -> str:
    """The folder or file whose fixtures a test shares with others."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in ONE_HOUSE if file.startswith(f"{folder}/")), file)


def in_order(nodeid: str) -> int:
    """Houses first, and then all others."""
    name = together(nodeid)
    return ONE_HOUSE.index(name) if name in ONE_HOUSE else len(ONE_HOUSE)


class Sharing(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Gives what stays together to one process. xdist's own groups do not reach pytest 9's ids."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)
