"""What the pages point at is there: other pages, files, routes, commands, settings."""

import json
import re
from pathlib import Path

import pytest

from backbone.settings import Settings
from cli.app import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "examples" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_YET = {"schemas/released/"}
"""Made by the first release."""

page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_parameters(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


@page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked.read_text()), target


@page
def test_files_that_are_named_exist(page: Path) -> None:
    folders = "backbone|services|cli|tests|docs|examples|schemas|deploy|bench|requirements"
    for name in re.findall(rf"`((?:{folders})/[\w./-]+)`", page.read_text()):
        assert (ROOT / name).exists() or name in NOT_YET, name


@page
def test_routes_that_are_named_exist(page: Path) -> None:
    documented = json.loads((ROOT / "schemas" / "openapi.json").read_text())["paths"]
    known = [without_parameters(path) for path in documented]
    for named in re.findall(r"(?<![\w.])/v1/[a-z][\w/{}-]*", page.read_text()):
        wanted = without_parameters(named).rstrip("/")
        assert any(path == wanted or path.startswith(wanted + "/") for path in known), named


@page
def test_commands_and_settings_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    for command in re.findall(r"(?:\./|`|^)almanac ([a-z-]+)", text, re.MULTILINE):
        assert command in COMMANDS, command
    fields = {f"ALMANAC_{name.upper()}" for name in Settings.model_fields}
    # Read where they are needed, not by the settings.
    others = {"ALMANAC_KAFKA_JARS", "ALMANAC_DATABASE_URL_", "ALMANAC_CHAOS_SEED"}
    for setting in re.findall(r"ALMANAC_[A-Z_]+", text):
        assert setting in fields | others, setting


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_told_of(field: str) -> None:
    """By its whole name, or by the end of it in a row of settings that begin alike."""
    parts = field.upper().split("_")
    ends = {"_" + "_".join(parts[first:]) for first in range(1, len(parts))}
    told = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "operations.md").read_text()))
    assert told & (ends | {f"ALMANAC_{field.upper()}"})


def test_every_page_is_listed_where_one_looks_for_it() -> None:
    for folder in (ROOT / "docs", ROOT / "docs" / "decisions"):
        listed = (folder / "README.md").read_text()
        missing = [path.name for path in folder.glob("*.md") if f"]({path.name})" not in listed]
        assert missing == ["README.md"]
