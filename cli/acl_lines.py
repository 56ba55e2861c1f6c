"""ACLs as lines for a shell: Kafka's own tool, run by whoever may alter them."""

import shlex
from collections.abc import Iterable

__all__ = ["print_acls"]


def print_acls(arguments: Iterable[str], bootstrap: str | None) -> None:
    """A line each; ``admin.properties``, which is the administrator's, says how to log in."""
    server = shlex.quote(bootstrap or "HOST:PORT")
    for each in arguments:
        print(f"kafka-acls.sh --bootstrap-server {server} --command-config admin.properties {each}")
