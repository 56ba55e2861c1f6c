"""The relay's table, as a service's migration brings it into its schema."""

from importlib.resources import files

__all__ = ["relay_schema"]


def relay_schema(schema: str) -> str:
    """The DDL of the relay's table for ``schema``, for a transaction that the migration runner opens."""
    name = schema.replace('"', '""')
    ddl = files("backbone.relay").joinpath("schema.sql").read_text(encoding="utf-8")
    return f'SET LOCAL search_path TO "{name}";\n{ddl}'
