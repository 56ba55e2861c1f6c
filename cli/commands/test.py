"""``almanac test``: the whole suite, on servers that it starts itself."""

import os
import sys
from pathlib import Path

import typer

__all__ = ["test"]

OF_TESTS = ("ALMANAC_KAFKA_JARS", "ALMANAC_CHAOS_SEED")
SHARED = ("--numprocesses=2", "--dist=loadscope", "--no-loadscope-reorder")
"""A test waits half of its time, for servers mostly: two processes share them, each with its own servers."""


def test(context: typer.Context) -> None:
    """Run the tests on real PostgreSQL and Kafka, started for them. Further arguments go to pytest.

    Two tests run at once; ``-n 0`` runs one after the other, as ``-s`` and ``--pdb`` need it.
    """
    os.chdir(Path(__file__).resolve().parents[2])
    # Settings of an installation that this shell may be set up for must not reach the tests.
    for name in [name for name in os.environ if name.startswith("ALMANAC_") and name not in OF_TESTS]:
        del os.environ[name]
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *SHARED, *context.args])  # noqa: S606 - no shell
