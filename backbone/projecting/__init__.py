"""Projections: tables that follow Kafka, exactly once in effect, and can be built again beside themselves.

A service writes a `Projection`; the engine (`running`, `rebuilding`) does the rest; `reading` is for those
who answer questions from its tables.
"""

from backbone.projecting.projection import Heard, NotNow, Projection
from backbone.projecting.tables import Tables

__all__ = ["Heard", "NotNow", "Projection", "Tables"]
