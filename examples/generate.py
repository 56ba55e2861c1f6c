"""Writes the example clinic: ``python -m examples.generate [--seed N] [--to FOLDER]``.

The same seed gives the same bytes everywhere; the files in ``examples/clinic`` are those of seed 1.
"""

import argparse
import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from examples.calls import calls
from examples.changes import visits
from examples.clinic import ABSENCES, FACILITIES, RESOURCES, VISIT_TYPES
from examples.dice import Dice
from examples.people import patients, people
from examples.templates import templates

__all__ = ["FOLDER", "SEED", "generate", "read", "write"]

SEED: Final = 1
FOLDER: Final = Path(__file__).parent / "clinic"


def generate(seed: int) -> dict[str, bytes]:
    """File name -> content. Each file has dice of its own, so a change to one leaves the others alone."""
    everybody = people(Dice(seed))
    day = calls(Dice(seed + 1_000), everybody)
    return {
        "facilities.csv": _csv(FACILITIES),
        "visit_types.ndjson": _ndjson(VISIT_TYPES),
        "resources.csv": _csv(RESOURCES),
        "templates.ndjson": _ndjson(templates(Dice(seed + 2_000))),
        "absences.ndjson": _ndjson(ABSENCES),
        "patients.ndjson": _ndjson(patients(everybody)),
        "calls.ndjson": _ndjson(day),
        "visits.ndjson": _ndjson(visits(Dice(seed + 3_000), day)),
    }


def read(folder: Path = FOLDER) -> dict[str, bytes]:
    """The files that stand in ``folder``."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write(seed: int, folder: Path) -> None:
    """Writes every file of the clinic into ``folder``, which is made if missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in generate(seed).items():
        (folder / name).write_bytes(content)


def _csv(rows: Sequence[dict[str, str]]) -> bytes:
    text = io.StringIO()
    lines = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    lines.writeheader()
    lines.writerows(rows)
    return text.getvalue().encode()


def _ndjson(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for row in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the example clinic's files.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--to", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    write(chosen.seed, chosen.to)


if __name__ == "__main__":
    main()
