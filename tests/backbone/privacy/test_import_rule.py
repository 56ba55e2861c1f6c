"""What opens ciphertext is imported by nobody outside ``backbone.privacy``."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import backbone

HOUSE = Path(backbone.__file__).parent.parent
PRIVATE = {"datakey", "key_making", "vault", "indexer", "disclosure", "wrapping", "accesslog", "database"}
PUBLIC_NAMES = {"SealedRecord", "Plain", "Withheld", "shown", "PatientFields", "SubjectKind", "KeyWrapper"}


def imports(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, name.name) for name in node.names)
        elif isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)


def offences(path: Path) -> list[str]:
    """What a file imports of the privacy package that only the package itself may."""
    return [
        f"{path.name}: {module}.{name}"
        for module, name in imports(path)
        if module.startswith("backbone.privacy") and (name in PRIVATE or module.split(".")[-1] in PRIVATE)
        if name not in PUBLIC_NAMES
    ]


def test_only_the_privacy_package_reaches_for_keys() -> None:
    found = [
        offence
        for folder in ("backbone", "services", "cli", "examples", "bench")
        for path in (HOUSE / folder).rglob("*.py")
        if HOUSE / "backbone" / "privacy" not in path.parents
        for offence in offences(path)
    ]
    assert not found


@pytest.mark.parametrize(
    "line",
    [
        "from backbone.privacy.datakey import DataKey",
        "from backbone.privacy import datakey",
        "import backbone.privacy.vault",
        "from backbone.privacy.disclosure import Disclosure",
        "from backbone.privacy.indexer import Indexer",
    ],
)
def test_the_rule_sees_who_breaks_it(tmp_path: Path, line: str) -> None:
    path = tmp_path / "spy.py"
    path.write_text(line)
    assert offences(path)
