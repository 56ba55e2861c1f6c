"""The demo as a newcomer runs it, with the patients who call: every server, every service, every check."""

from dataclasses import replace

import pytest

from cli.demo.checking.verdict import Verdict
from cli.demo.clinic import ClinicFiles
from cli.demo.running import conclude, demonstrate
from cli.errors import CliError
from examples.generate import read

HELD, FAILED = Verdict("a", "1 event", ()), Verdict("no double booking", "1 event", ("twice",))


@pytest.mark.timeout(300)
async def test_a_whole_day_is_played_and_every_check_holds(capsys: pytest.CaptureFixture[str]) -> None:
    files = ClinicFiles.read(read())
    said = files.calls.decode()
    # The first patient is the one with whom mistakes are made.
    calling = [
        patient
        for number, patient in enumerate(files.patients)
        if number == 0 or f'"{patient["identifiers"][0]["value"]}"' in said
    ]
    await demonstrate(replace(files, patients=calling), port=0, leave=True)
    shown = capsys.readouterr().out
    assert "What was proved" in shown
    assert "FAILED" not in shown


def test_a_claim_that_did_not_hold_ends_the_demo_with_its_name() -> None:
    conclude([HELD])
    with pytest.raises(CliError, match="no double booking"):
        conclude([HELD, FAILED])
    with pytest.raises(CliError):
        conclude([])
