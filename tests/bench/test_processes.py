"""Whose processor time and memory it is."""

import psutil
import pytest

from bench.processes import memory, part_of, spent


@pytest.mark.parametrize(
    ("command", "part"),
    [
        (["python", "-P", "-m", "cli", "serve", "booking", "--part", "http", "--embedded"], "http"),
        (["python", "-I", "-S", "keeper.py", "9", "--", "python", "cli", "--part", "workers"], "workers"),
        (["java", "-Xmx512m", "kafka.Kafka", "server.properties"], "Kafka"),
        (["postgres: almanac-store: idle"], "PostgreSQL"),
        (["/usr/lib/postgres", "-D", "here"], "PostgreSQL"),
        (["python", "-m", "cli", "up"], "up"),
    ],
)
def test_a_process_is_told_by_its_command_line(command: list[str], part: str) -> None:
    assert part_of(command) == part


def test_time_spent_is_per_operation_and_leaves_out_who_did_nothing() -> None:
    assert spent({"http": 1.0, "up": 2.0}, {"http": 3.0, "up": 2.0, "load": 0.5}, 1_000) == {
        "http": 2_000.0,
        "load": 500.0,
    }


def test_memory_is_that_of_the_process_and_all_below_it() -> None:
    sizes = memory(psutil.Process())
    assert sum(sizes.values()) > 10
