"""Opening the encrypted fields of a command's body, before anything else looks at it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backbone.commanding.keys import CommandKeys, NotDecryptable, is_jwe
from backbone.web.problems import Problem

__all__ = ["Secret", "opened"]

_ENCRYPT: Final = "Encrypt this to the key that GET /v1/keys gives (JWE, ECDH-ES, A256GCM)."
_AGAIN: Final = "This can't be decrypted: fetch the key from GET /v1/keys again."
EACH: Final = "*"


@dataclass(frozen=True, slots=True)
class Secret:
    """A field that identifies a patient, or is free text: it comes encrypted or not at all."""

    path: tuple[str, ...]
    """Names from the body down; ``*``: each entry of a list."""
    codes: frozenset[str] = frozenset()
    """Values that may stand there in the clear, because they are codes."""

    @classmethod
    def at(cls, path: str, codes: frozenset[str] = frozenset()) -> "Secret":
        """``identifiers.*.value``"""
        return cls(tuple(path.split(".")), codes)


def opened(body: Mapping[str, Any], secrets: Sequence[Secret], keys: CommandKeys) -> dict[str, Any]:
    """The body with the texts of its secret fields; ``Problem`` invalid with each that isn't encrypted to us.

    What is no text at all is left as it is, for the body's model to refuse.
    """
    faults: list[dict[str, str]] = []
    result: Any = dict(body)
    for secret in secrets:
        result = _open(result, secret.path, "#", secret.codes, keys, faults)
    if faults:
        raise Problem("invalid", errors=faults)
    return dict(result)


def _open(
    value: Any,
    path: Sequence[str],
    pointer: str,
    codes: frozenset[str],
    keys: CommandKeys,
    faults: list[dict[str, str]],
) -> Any:
    if not path:
        return _text(value, pointer, codes, keys, faults)
    name, rest = path[0], path[1:]
    if name == EACH and isinstance(value, list):
        return [_open(v, rest, f"{pointer}/{n}", codes, keys, faults) for n, v in enumerate(value)]
    if name != EACH and isinstance(value, dict) and name in value:
        return value | {name: _open(value[name], rest, f"{pointer}/{name}", codes, keys, faults)}
    return value


def _text(
    value: Any, pointer: str, codes: frozenset[str], keys: CommandKeys, faults: list[dict[str, str]]
) -> Any:
    if not isinstance(value, str) or value in codes:
        return value
    if not is_jwe(value):
        faults.append({"pointer": pointer, "detail": _ENCRYPT})
        return value
    try:
        return keys.open(value)
    except NotDecryptable:
        faults.append({"pointer": pointer, "detail": _AGAIN})
        return value
