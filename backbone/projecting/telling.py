"""What the engine tells of a batch that is applied: figures, and a span for each record that is traced."""

import time
from collections.abc import Sequence

from backbone.projecting.engine import Engine
from backbone.projecting.listening import Item
from backbone.telemetry.traced import Delivered

__all__ = ["tell"]


def tell(engine: Engine, projection: str, generation: int, items: Sequence[Item], began_ns: int) -> None:
    """``items``: what was applied, or set aside; ``began_ns``: when the batch was taken up."""
    if not items:
        return
    ended = time.time_ns()
    if engine.figures is not None:
        oldest = min(item.raw.timestamp for item in items)
        engine.figures.applied(projection, len(items), (ended - began_ns) / 1e9, ended / 1e9 - oldest / 1e3)
    if engine.tracing is not None:
        group = f"almanac.{engine.group}.{projection}.g{generation}"
        engine.tracing.processed(map(_delivered, items), began_ns, group, projection, len(items))


def _delivered(item: Item) -> Delivered:
    hop = next((value for name, value in item.raw.headers if name == "traceparent"), None)
    topic, partition = item.partition
    return Delivered(
        topic=topic,
        partition=partition,
        offset=item.offset,
        timestamp=item.raw.timestamp,
        hop=None if hop is None else hop.decode("ascii", "replace"),
        origin=item.record.traceparent if item.record else None,
    )
