"""What lies sealed on a dead-letter topic is opened by who holds the key, and by nobody else."""

from pathlib import Path

from backbone.privacy.keyfile import RootKey
from backbone.privacy.letters import LetterSeal
from tests.cli.test_commands import almanac, said

VALUE = b'{"visit_type": "check-up"}'


def test_a_sealed_letter_is_printed_as_it_was(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(LetterSeal(RootKey.load_or_create(tmp_path / "key")).seal(VALUE) + b"\n")
    answer = almanac("dead-letter", "open", str(letter), "--data", str(tmp_path))
    assert (answer.returncode, answer.stdout.encode(), answer.stderr) == (0, VALUE + b"\n", "")


def test_without_its_key_it_stays_closed(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(LetterSeal(RootKey(bytes(32))).seal(VALUE))
    answer = almanac("dead-letter", "open", str(letter), "--data", str(tmp_path))
    assert answer.returncode == 1
    assert "key file" in said(answer)
    RootKey.load_or_create(tmp_path / "key")
    answer = almanac("dead-letter", "open", str(letter), "--data", str(tmp_path))
    assert answer.returncode == 1
    assert "another installation" in said(answer)
