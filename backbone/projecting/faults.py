"""Whose fault an error is: the event's, which is set aside, or the world's, which is waited for."""

import traceback

import asyncpg
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from backbone.projecting.projection import NotNow
from backbone.store.unavailability import LOST

__all__ = ["describe", "is_fault_of_data"]

_DATA_CLASSES = frozenset({"21", "22", "23", "P0"})
"""SQLSTATE classes: cardinality, data exception, integrity violation, raised by PL/pgSQL."""


def is_fault_of_data(error: Exception) -> bool:
    """True when trying the event again can't help. A missing table or column is not the event's fault."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _DATA_CLASSES
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError)  # asyncpg.DataError: an argument that its column can't take
    return not isinstance(error, (NotNow, KafkaError, MemoryError, *LOST))


def describe(error: Exception) -> str:
    """Kind and place of an error, without any value: a message may well quote the patient's data."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, f['loc'])) or 'body'}: {f['type']}" for f in faults[:5])
    kind = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        kind = f"{kind} ({error.sqlstate})"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "site-packages" not in f.filename]
    return f"{kind} in {ours[-1].name}, line {ours[-1].lineno}" if ours else kind
