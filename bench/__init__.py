"""Measurements: each calls the production code, prints its table, writes JSON, draws its plot."""
