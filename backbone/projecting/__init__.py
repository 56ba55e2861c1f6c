"""Projections: tables that follow Kafka, exactly once in effect, and can be built again beside themselves.

A service writes a `Projection`; the engine does the rest; `reading` is for those who answer questions from
its tables. The engine, to be read in this order: `running`, `consuming`, `subscription` (Kafka's side),
`crew` (those who share a consumer), `worker` (one of them); one batch: `listening`, `batching`, `applying`,
`committing`, `checkpoints`; what can't be applied: `faults`, `dead_letters`, `unsealed_letters`; built anew:
`generations`, `rebuilding`, `replaying`, `helping`.
"""

from backbone.projecting.projection import Heard, NotNow, Projection
from backbone.projecting.tables import Tables

__all__ = ["Heard", "NotNow", "Projection", "Tables"]
