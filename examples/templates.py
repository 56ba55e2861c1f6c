"""Two weeks of working hours, as each resource's weekly template."""

from typing import Any, Final

from examples.clinic import FOOTHILLS, LAKESIDE, RESOURCES
from examples.dice import Dice

__all__ = ["LAST_DAY", "templates"]

LAST_DAY: Final = 13
_WEEK: Final = ("MO", "TU", "WE", "TH", "FR")
_SHIFTS: Final = (
    (("08:00", "12:00"), ("13:00", "17:00")),
    (("08:30", "12:30"), ("13:15", "16:45")),
    (("09:00", "12:00"), ("13:00", "18:00")),
)
_FLOATS_ON_FRIDAYS: Final = {"Dr. Kofi Mensah": FOOTHILLS, "Dr. Quentin Moreau": LAKESIDE}
"""Both clinics share them: on Fridays they see patients in the other one."""


def _hours(day: str, shift: tuple[tuple[str, str], ...], **more: Any) -> list[dict[str, Any]]:
    return [{"day": day, "from": start, "to": end, **more} for start, end in shift]


def _provider(name: str, dice: Dice) -> list[dict[str, Any]]:
    shift, weekly = dice.one(_SHIFTS), []
    half_day = dice.weighted([(None, 0.5), ("WE", 0.25), ("TH", 0.25)])
    for day in _WEEK:
        if day == "FR" and name in _FLOATS_ON_FRIDAYS:
            weekly += _hours(day, shift, facility=_FLOATS_ON_FRIDAYS[name])
        else:
            weekly += _hours(day, shift[:1] if day == half_day else shift)
    if dice.chance(0.2):
        weekly.append({"day": "SA", "from": "09:00", "to": "12:00", "every_weeks": 2})
    return weekly


def templates(dice: Dice) -> list[dict[str, Any]]:
    """One template per resource; times are the facility's wall clock, days count from the Monday of day 0."""
    rooms = [line for day in _WEEK for line in _hours(day, (("07:00", "19:00"),))] + _hours(
        "SA", (("08:00", "13:00"),)
    )
    return [
        {
            "resource": resource["resource"],
            "effective_from_day": 0,
            "effective_to_day": LAST_DAY,
            "weekly": _provider(resource["resource"], dice) if resource["kind"] == "provider" else rooms,
        }
        for resource in RESOURCES
    ]
