"""Days said relative to now: `made_days_ago = 5` for `made`, and {{date:+3:%A %-d %B}} inside a text.

The demo's story and hand-written registries stay true on any day this way; everything after this module is absolute.
"""

import re
from datetime import date, timedelta

PLACEHOLDER = re.compile(r"\{\{date:(?P<days>[+-]\d{1,6}):(?P<form>[^{}]+)\}\}")


def expanded(text: str, today: date) -> str:
    """Replace each placeholder by its day, through strftime; ValueError where a day is out of the calendar."""

    def day(found: re.Match[str]) -> str:
        return shifted(today, int(found["days"])).strftime(found["form"])

    return PLACEHOLDER.sub(day, text)


def shifted(today: date, days: int) -> date:
    try:
        return today + timedelta(days=days)
    except OverflowError as exc:
        raise ValueError(f"{days:+} days from {today} is outside the calendar") from exc


def absolute_key(key: str) -> tuple[str, int] | None:
    """The key that holds the ISO date, and the sign of the days; None where a key is not relative.

    `made_days_ago` → ("made", -1), `due_in_days` → ("due", 1), bare `days_ago` and `in_days` → `date`.
    """
    for ending, sign in (("days_ago", -1), ("in_days", 1)):
        if key == ending:
            return "date", sign
        if key.endswith(f"_{ending}"):
            return key.removesuffix(f"_{ending}"), sign
    return None
