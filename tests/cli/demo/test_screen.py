"""What stands in the tables."""

from datetime import UTC, datetime
from uuid import UUID

from rich.console import Console

from cli.demo.screen import Screen

VISIT, DOCTOR = UUID(int=1), UUID(int=2)


def test_a_task_says_when_its_visit_is_and_whose() -> None:
    console = Console(width=160, record=True, quiet=False, file=None, force_terminal=False)
    task = {
        "kind": "rebook",
        "reason_code": "absence-surgery",
        "owner": "scheduler",
        "due_at": "2026-11-25T11:39:12Z",
        "appointment_id": str(VISIT),
        "resource_id": str(DOCTOR),
        "patient": {"patient_id": str(UUID(int=3)), "family_name": "Kim", "given_names": "Julian"},
    }
    other = {"kind": "review", "reason_code": "x", "owner": "ops", "due_at": "2026-11-25T11:39:12Z"}
    agenda = {"time_zone": "America/Chicago", "tasks": [task, other]}
    starts = {VISIT: datetime(2026, 11, 30, 15, 30, tzinfo=UTC)}
    Screen(console).tasks(agenda, {DOCTOR: "Dr. Gregor Lindqvist"}, starts)
    shown = console.export_text()
    for text in ("30 Nov 09:30", "25 Nov 05:39", "Kim, Julian", "Dr. Gregor Lindqvist", "Chicago"):
        assert text in shown
    assert "review" in shown
