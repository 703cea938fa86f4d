"""What `date:` may be followed by: a day, a span, or a range of either, as the moments it begins and ends."""

import re
from datetime import date, datetime, time, timedelta

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_YEAR = re.compile(r"\d{4}")
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
EXAMPLES = "2026-11-01, 2026-11, 2w, today, yesterday, this_week, last_month, or a range such as 2w.."


def span_of(text: str, now: datetime) -> tuple[datetime | None, datetime | None] | None:
    """Return when it begins and ends (None: open), in the time zone of `now`; None for what is no date."""
    first, dots, last = text.partition("..")
    if not dots:
        return _span(text, now)
    since, until = (_span(end, now) if end else (None, None) for end in (first, last))
    if since is None or until is None or not (first or last):
        return None
    return since[0], until[1]


def _span(text: str, now: datetime) -> tuple[datetime | None, datetime | None] | None:
    days = _days(text.lower(), now.date())
    if days is None:
        return None
    since, until = days
    return _midnight(since, now), None if until is None else _midnight(until, now)


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)


def _days(text: str, today: date) -> tuple[date, date | None] | None:
    """The first day, and the one after the last; no last one for "2w", which reaches until now."""
    try:
        if match := _DAY.fullmatch(text):
            day = date(*map(int, match.groups()))
            return day, day + timedelta(days=1)
        if match := _MONTH.fullmatch(text):
            month = date(int(match[1]), int(match[2]), 1)
            return month, _next_month(month)
        if _YEAR.fullmatch(text):
            return date(int(text), 1, 1), date(int(text) + 1, 1, 1)
        if match := _AGO.fullmatch(text):
            return today - timedelta(days=int(match[1]) * _DAYS[match[2]]), None
        return _named(today).get(text)
    except (ValueError, OverflowError):  # 2026-02-31
        return None


def _named(today: date) -> dict[str, tuple[date, date]]:
    one, week = timedelta(days=1), timedelta(days=7)
    monday = today - today.weekday() * one
    month, year = today.replace(day=1), date(today.year, 1, 1)
    return {
        "today": (today, today + one),
        "yesterday": (today - one, today),
        "this_week": (monday, monday + week),
        "last_week": (monday - week, monday),
        "this_month": (month, _next_month(month)),
        "last_month": ((month - one).replace(day=1), month),
        "this_year": (year, date(today.year + 1, 1, 1)),
        "last_year": (date(today.year - 1, 1, 1), year),
    }


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
