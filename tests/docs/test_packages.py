"""What a package's docstring names as its parts is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / name for name in ("backbone", "services", "cli")]
PACKAGES = sorted(path for folder in FOLDERS for path in folder.rglob("__init__.py"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_the_parts_that_are_named_exist(package: Path) -> None:
    told = ast.get_docstring(ast.parse(package.read_text()))
    assert told, "it does not say what it is for"
    for name in re.findall(r"(?<!`)`{1,2}([a-z_]+)`{1,2}", told):
        part = package.parent / name
        assert part.is_dir() or part.with_suffix(".py").exists(), name
