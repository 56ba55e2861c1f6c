"""``/docs``: the API's reference as one plain page, which needs no script and nobody else's server."""

import re
from html import escape
from typing import Any

__all__ = ["render"]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font: 600 1rem/1.5 ui-monospace, monospace; margin: 2rem 0 0; }
h2 b { display: inline-block; min-width: 4.5rem; }
p { margin: .2rem 0; } small { color: #555; } code { background: #f3f3f3; padding: 0 .2rem; }
"""

_CODE = re.compile("``(.+?)``")
"""How docstrings, which descriptions are, write names."""


def render(document: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    operations = "".join(
        _operation(method, path, operation)
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>The whole in machine-readable form: "
        f'<a href="/openapi.json">/openapi.json</a></p>{operations}</html>'
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [f"<h2><b>{escape(method.upper())}</b> {escape(path)}</h2>"]
    told = (operation.get(key) for key in ("summary", "description"))
    parts.extend(f"<p>{_prose(words)}</p>" for words in told if words)
    if roles := operation.get("x-roles"):
        parts.append(f"<p><small>roles: {escape(', '.join(roles))}</small></p>")
    if asked := [item for item in operation.get("parameters", ()) if item["in"] != "header"]:
        names = " ".join(
            f"<code>{escape(item['name'])}{'' if item.get('required') else '?'}</code>" for item in asked
        )
        parts.append(f"<p><small>takes {names}</small></p>")
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in body:
        parts.append(f"<p><small>body <code>{escape(body['$ref'].rsplit('/', 1)[-1])}</code></small></p>")
    return "".join(parts)


def _prose(words: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(words))
