"""Every problem that can be told is on the page, and nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from backbone.web.problems import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([a-z-]+)` \| (\d{3}) \| (.+) \|$", re.MULTILINE)
OTHER_STATUS = 409
"""Of a domain's own refusal, which the catalogue does not know."""


def told() -> dict[str, tuple[int, str]]:
    page = (ROOT / "docs" / "http.md").read_text()
    return {name: (int(status), text) for name, status, text in ROW.findall(page)}


def refusals() -> Iterator[str]:
    """The types that the code names where it refuses something."""
    for folder in ("backbone", "services"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and node.args:
                    called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    kind = node.args[0]
                    if called in ("Problem", "Refusal", "refuse") and isinstance(kind, ast.Constant):
                        yield str(kind.value)


def test_every_type_that_the_code_names_is_told_with_its_status() -> None:
    named = {*refusals(), *CATALOGUE}
    assert len(named) > 25
    assert named == told().keys()
    for name, (status, _) in told().items():
        assert status == (CATALOGUE[name].status if name in CATALOGUE else OTHER_STATUS), name


def test_the_titles_are_those_that_are_sent() -> None:
    for name, kind in CATALOGUE.items():
        assert told()[name][1] == kind.title, name
