"""Commands' dead letters, as ``almanac dead-letter`` lists them beside the events'."""

from pathlib import Path
from typing import Any

from backbone.commanding.letters import CommandLetter, list_command_letters, send_again
from backbone.settings import Settings
from cli.errors import CliError
from cli.reaching import addresses

__all__ = [
    "COMMANDS",
    "command_letter_row",
    "command_letter_rows",
    "is_command_letter",
    "retry_command_letter",
]

COMMANDS = "commands"
"""Stands in the list's column where an event's letter names its projection."""


def is_command_letter(name: str) -> bool:
    """Whether a letter of this name is a command's."""
    return name.startswith("commands.")


async def command_letter_rows(settings: Settings, data: Path) -> list[dict[str, Any]]:
    """The rows of the list, the oldest letter first."""
    _, kafka = addresses(settings, data, [])
    return [_row(letter) for letter in await list_command_letters(kafka)]


async def command_letter_row(settings: Settings, data: Path, name: str) -> dict[str, Any]:
    """The row of one letter."""
    _, kafka = addresses(settings, data, [])
    return _row(_named(await list_command_letters(kafka), name))


async def retry_command_letter(settings: Settings, data: Path, name: str) -> int:
    """Sends the letter's record to its topic once more; returns how many were sent."""
    _, kafka = addresses(settings, data, [])
    count = await send_again(kafka, [_named(await list_command_letters(kafka), name)])
    if not count:
        raise CliError(f"the record behind {name} is no longer on Kafka")
    return count


def _named(letters: list[CommandLetter], name: str) -> CommandLetter:
    for letter in letters:
        if letter.name == name:
            return letter
    raise CliError(f"there is no dead letter {name}")


def _row(letter: CommandLetter) -> dict[str, Any]:
    return {
        "letter": letter.name,
        "projection": COMMANDS,
        "ce_type": letter.ce_type,
        "ce_id": letter.ce_id,
        "key": "",
        "cause": "poison",
        "error": letter.error,
        "attempts": 1,
        "topic": f"almanac.commands.{letter.system}",
        "partition": letter.record_partition,
        "offset": letter.record_offset,
        "parked_at": letter.parked_at,
    }
