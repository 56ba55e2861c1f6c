"""What a start shows of itself: a step has no size, a download has one."""

import io

from rich.console import Console

from cli.showing import showing


def test_a_step_shows_its_name_and_a_download_how_far_it_is() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    with showing(console) as shown:
        shown.step("starting PostgreSQL and Kafka")
        shown.download("Downloading Apache Kafka", 12_000_000, 45_000_000)
        shown.end()
    assert "starting PostgreSQL and Kafka ..." in screen.getvalue()
    assert "12.0 MB of 45.0 MB" in screen.getvalue()
    assert "?" not in screen.getvalue().replace("\x1b[?25", "")
