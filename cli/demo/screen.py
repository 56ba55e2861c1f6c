"""What the demo shows: progress while it works, then tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.demo.checking.verdict import Verdict

__all__ = ["Screen"]

_MOST_PROBLEMS = 5
_STYLES = {"booked": "green", "confirmed": "bold green", "held": "yellow", "cancelled": "dim"}


class Screen:
    """Writes to a terminal, or plain lines where there is none."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[str], None]]:
        """A bar; call the result once per step, with what is going on."""
        columns = (
            TextColumn("[bold]{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[doing]}"),
        )
        with Progress(*columns, console=self._console, transient=False) as progress:
            task = progress.add_task(what, total=total, doing="")
            yield lambda doing: progress.update(task, advance=1, doing=escape(doing))

    def heading(self, text: str) -> None:
        self._console.rule(f"[bold]{escape(text)}", align="left")

    def say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False)

    def plain(self, text: str) -> None:
        """A line to copy: neither wrapped nor coloured."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def calendar(self, name: str, day: date, zone: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """One resource's day, out of its calendar's entries; closed hours are left out."""
        table = Table(title=f"{name}, {day:%A} {day} ({zone})", title_justify="left", title_style="bold")
        for column in ("time", "what", "visit", "status", "patient"):
            table.add_column(column)
        for entry in (one for one in entries if _on(day, zone, one) and one["kind"] != "closed"):
            status = entry.get("status") or ""
            table.add_row(
                f"{_clock(entry['starts_at'], zone)}-{_clock(entry['ends_at'], zone)}",
                entry["kind"],
                escape(str(entry.get("visit_type") or entry.get("reason") or "")),
                status,
                escape(_person(entry.get("patient"))),
                style=_STYLES.get(status, "magenta" if entry["kind"] != "appointment" else ""),
            )
        self._console.print(table)

    def agenda(self, agenda: Mapping[str, Any], late: Mapping[str, int]) -> None:
        """The huddle: one line a provider. ``late``: minutes by resource, today."""
        title = f"Agenda of {agenda['name']}, {agenda['date']}; {len(agenda['not_ready'])} visits not ready"
        table = Table(title=title, title_justify="left", title_style="bold")
        for column in ("provider", "visits", "first", "last", "away", "late today"):
            table.add_column(column)
        zone = agenda["time_zone"]
        for provider in agenda["providers"]:
            starts = [visit["starts_at"] for visit in provider["visits"]]
            away = ", ".join(
                f"{_clock(row['starts_at'], zone)}-{_clock(row['ends_at'], zone)} {row['reason']}"
                for row in provider["away"]
            )
            minutes = late.get(provider["resource_id"])
            table.add_row(
                escape(provider["name"]),
                str(len(starts)),
                _clock(min(starts), zone) if starts else "",
                _clock(max(starts), zone) if starts else "",
                away,
                f"{minutes} min" if minutes else "",
            )
        self._console.print(table)

    def counts(self, title: str, counts: Mapping[str, int]) -> None:
        """How many of each."""
        table = Table(title=title, title_justify="left", title_style="bold")
        table.add_column("event")
        table.add_column("seen", justify="right")
        for name, number in sorted(counts.items(), key=lambda pair: -pair[1]):
            table.add_row(name, str(number))
        self._console.print(table)

    def tasks(
        self, agenda: Mapping[str, Any], names: Mapping[UUID, str], starts: Mapping[UUID, datetime]
    ) -> None:
        """Open tasks of an agenda. ``starts``: of the visits that they are about."""
        zone = agenda["time_zone"]
        table = Table(title=f"Open tasks ({zone})", title_justify="left", title_style="bold")
        for column in ("what", "visit", "patient", "resource", "because", "owner", "due"):
            table.add_column(column)
        for task in agenda["tasks"]:
            resource, visit = task.get("resource_id"), task.get("appointment_id")
            begins = starts.get(UUID(visit)) if visit else None
            table.add_row(
                task["kind"],
                _day_and_clock(begins, zone) if begins else "",
                escape(_person(task.get("patient"))),
                escape(names.get(UUID(resource), "") if resource else ""),
                task["reason_code"],
                task["owner"],
                _day_and_clock(datetime.fromisoformat(task["due_at"]), zone),
            )
        self._console.print(table)

    def verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """What was proved and what was not."""
        table = Table(title="What was proved", title_justify="left", title_style="bold")
        for column in ("", "claim", "on the basis of"):
            table.add_column(column)
        for one in verdicts:
            mark = "[green]held[/]" if one.held else "[bold red]FAILED[/]"
            table.add_row(mark, escape(one.claim), escape(one.basis))
        self._console.print(table)
        for failed in (one for one in verdicts if not one.held):
            self._console.print(f"[bold red]{escape(failed.claim)}[/]")
            for problem in failed.problems[:_MOST_PROBLEMS]:
                self._console.print(f"  {escape(problem)}")
            if len(failed.problems) > _MOST_PROBLEMS:
                self._console.print(f"  and {len(failed.problems) - _MOST_PROBLEMS} more")


def _on(day: date, zone: str, entry: Mapping[str, Any]) -> bool:
    return datetime.fromisoformat(entry["starts_at"]).astimezone(ZoneInfo(zone)).date() == day


def _clock(instant: str, zone: str) -> str:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).strftime("%H:%M")


def _day_and_clock(instant: datetime, zone: str) -> str:
    return instant.astimezone(ZoneInfo(zone)).strftime("%d %b %H:%M")


def _person(patient: Any) -> str:
    if isinstance(patient, dict):
        parts = [str(patient.get(name) or "") for name in ("family_name", "given_names")]
        return ", ".join(part for part in parts if part)
    return ""
