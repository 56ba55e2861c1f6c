"""The documents on disk, under ``schemas/``: what the code says now, and in ``released/`` what was promised.

``released/`` mirrors the folder above it and holds each document in its form at the last release. One form is
enough, since compatibility is transitive. An event type that the code no longer records keeps its schema,
because its events stay in Kafka for ever.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from cli.schemas.asyncapi import breaking_channels
from cli.schemas.compatibility import REQUEST, Schema, breaking_changes
from cli.schemas.openapi import breaking_routes

__all__ = [
    "COMMANDS",
    "EVENTS",
    "broken_promises",
    "differences",
    "judge",
    "read_documents",
    "release",
    "with_history",
    "write",
]

Documents = Mapping[str, Schema]
"""By path below ``schemas/``."""
EVENTS = "events/"
COMMANDS = "commands/"
_RELEASED = "released"


def read_documents(folder: Path) -> dict[str, Any]:
    """Every document in ``folder``, without the released ones below it; none when it doesn't exist."""
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix in {".json", ".yaml"})
    return {
        path.relative_to(folder).as_posix(): _parse(path)
        for path in paths
        if path.relative_to(folder).parts[0] != _RELEASED
    }


def with_history(events: Documents, folder: Path) -> dict[str, Schema]:
    """``events`` as generated, and the released ones that the code no longer records."""
    released = read_documents(folder / _RELEASED)
    history = {path: schema for path, schema in released.items() if path.startswith(EVENTS)}
    return dict(sorted((history | dict(events)).items()))


def differences(documents: Documents, folder: Path) -> list[str]:
    """Where the committed files are not what the code says."""
    committed = {path: (folder / path).read_text() for path in read_documents(folder)}
    generated = {path: _text(path, document) for path, document in documents.items()}
    return [
        *(f"{path}: missing" for path in sorted(generated.keys() - committed.keys())),
        *(f"{path}: nothing in the code says so" for path in sorted(committed.keys() - generated.keys())),
        *(
            f"{path}: differs from the code"
            for path in generated
            if committed.get(path, generated[path]) != generated[path]
        ),
    ]


def broken_promises(documents: Documents, folder: Path) -> list[str]:
    """Changes that break what was released."""
    findings: list[str] = []
    for path, released in read_documents(folder / _RELEASED).items():
        if path not in documents:
            findings.append(f"{path}: removed")
        else:
            findings += [f"{path}: {change}" for change in judge(path)(released, documents[path])]
    return findings


def write(documents: Documents, folder: Path) -> list[str]:
    """Makes the committed files say what the code says; returns the paths that changed."""
    changed: list[str] = []
    for path in read_documents(folder).keys() - documents.keys():
        (folder / path).unlink()
        changed.append(path)
    for path, document in documents.items():
        file, text = folder / path, _text(path, document)
        if not file.exists() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            changed.append(path)
    return sorted(changed)


def release(documents: Documents, folder: Path) -> list[str]:
    """From now on these documents are promised; to be called only when none breaks an older promise."""
    return write(documents, folder / _RELEASED)


def judge(path: str) -> Callable[[Schema, Schema], list[str]]:
    """What tells the changes from a document's released form to another that break the promise."""
    if path.startswith(EVENTS):
        return breaking_changes
    if path.startswith(COMMANDS):
        return partial(breaking_changes, promise=REQUEST)
    return breaking_channels if path.endswith(".yaml") else breaking_routes


def _parse(path: Path) -> Any:
    return yaml.safe_load(path.read_text()) if path.suffix == ".yaml" else json.loads(path.read_text())


def _text(path: str, document: Schema) -> str:
    if path.endswith(".yaml"):
        text: str = yaml.dump(
            dict(document), Dumper=_PlainYaml, sort_keys=False, allow_unicode=True, width=110
        )
        return text
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _PlainYaml(yaml.SafeDumper):
    """For reading: paragraphs as they are, and what occurs twice written twice instead of anchored."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's signature
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_PlainYaml.add_representer(str, _PlainYaml.represent_str)
