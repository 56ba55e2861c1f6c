"""The published contract as documents: generated from the code, committed, and held to what was released."""

from pathlib import Path

__all__ = ["COMMITTED_SOURCE", "FOLDER"]

FOLDER = Path(__file__).resolve().parents[2] / "schemas"
COMMITTED_SOURCE = "https://almanac.example"
"""The installation that the committed documents speak of; another puts its own ``ALMANAC_SOURCE`` there."""
