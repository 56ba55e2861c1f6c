"""What every service stands on names none of them."""

import ast
from pathlib import Path

import backbone
from cli.catalogue import SERVICES, command_owners


def test_the_backbone_names_no_service_and_none_of_their_commands() -> None:
    theirs = {*SERVICES, *command_owners().by_name}
    for path in Path(backbone.__file__).parent.rglob("*.py"):
        texts = (
            node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
        )
        assert theirs.isdisjoint(text for text in texts if isinstance(text, str)), path
