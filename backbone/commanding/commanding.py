"""What a process is handed so that its services can take commands from other systems."""

from dataclasses import dataclass

from backbone.commanding.keys import CommandKeys
from backbone.commanding.naming import Owners

__all__ = ["Commanding"]


@dataclass(frozen=True, slots=True)
class Commanding:
    """The register of systems, the keys that they encrypt to, and who carries out which command."""

    database_url: str
    """Of the schema ``systems``."""
    keys: CommandKeys
    owners: Owners
