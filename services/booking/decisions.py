"""Putting decisions together: what one request changes in several streams stands or falls as one."""

from dataclasses import replace

from backbone.store.decision import Decision

__all__ = ["together"]


def together(first: Decision, *others: Decision) -> Decision:
    """One decision of all of them; origin, key and answer are those of the first; one refusal refuses all."""
    whole = first
    for other in others:
        whole = replace(
            whole,
            events=whole.events + other.events,
            claims=whole.claims + other.claims,
            releases=whole.releases + other.releases,
            reads={**other.reads, **whole.reads},
            occupied=whole.occupied + other.occupied,
            conflicts=whole.conflicts + other.conflicts,
            refusal=whole.refusal or other.refusal,
        )
    return whole
