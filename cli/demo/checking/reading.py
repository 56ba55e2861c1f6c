"""Reading one's own writes: what was just acknowledged stands in the calendar when it is asked for."""

from collections.abc import Sequence

from cli.demo.checking.verdict import Verdict, verdict
from cli.demo.ledger import Glance

__all__ = ["own_writes"]


def own_writes(glances: Sequence[Glance]) -> Verdict:
    """Each look right after a write showed that write."""
    problems = [f"{glance.label}: {glance.problem}" for glance in glances if glance.problem]
    seconds = sorted(glance.seconds for glance in glances)
    half = f", half within {1000 * seconds[len(seconds) // 2]:.0f} ms" if seconds else ""
    basis = f"{len(glances)} looks{half}"
    return verdict("who writes reads it at once in the calendar", basis, problems, rests_on=len(glances))
