"""The archives of classes: few enough, however many clones there have been."""

import os
from pathlib import Path

from backbone.embedded.kafka_java import ARCHIVES, forget_archives


def test_of_many_clones_archives_only_those_used_last_are_kept(tmp_path: Path) -> None:
    for number in range(9):
        archive = tmp_path / f"kafka-{number:016x}.jsa"
        archive.touch()
        os.utime(archive, (1000 - number, 1000 - number))
    (tmp_path / "kafka-0000000000000009.77.jsa").touch()
    (tmp_path / "maven.lock").touch()
    forget_archives(tmp_path)
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {
        *(f"kafka-{number:016x}.jsa" for number in range(ARCHIVES)),
        "kafka-0000000000000009.77.jsa",
        "maven.lock",
    }
