"""ACLs as lines for a shell: Kafka's own tool, run by whoever may alter them."""

import re
import shlex
from collections.abc import Iterable

from cli.errors import WRONG_USE, CliError

__all__ = ["print_acls", "require_principal"]


def require_principal(text: str) -> None:
    """Raises ``CliError`` for what Kafka's tool takes for no principal: it has a type before its name."""
    if re.fullmatch(r"[A-Za-z]+:\S.*", text) is None:
        raise CliError("a Kafka principal is written with its type: User:NAME", WRONG_USE)


def print_acls(arguments: Iterable[str], bootstrap: str | None) -> None:
    """A line each; ``admin.properties``, which is the administrator's, says how to log in."""
    server = shlex.quote(bootstrap or "HOST:PORT")
    for each in arguments:
        print(f"kafka-acls.sh --bootstrap-server {server} --command-config admin.properties {each}")
