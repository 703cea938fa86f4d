"""Days and hours as they stand in what we write, the same in every locale."""

from datetime import date, datetime, time

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SHORT = 3


def long_day(day: date, at: time | None = None) -> str:
    """Wednesday 25 November, 12:00."""
    words = f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return f"{words}, {at:%H:%M}" if at is not None else words


def short_day(day: date, this_year: int | None = None) -> str:
    """Wed 25 Nov; with its year where that is another than this one."""
    words = f"{_DAYS[day.weekday()][:_SHORT]} {day.day} {_MONTHS[day.month - 1][:_SHORT]}"
    return words if this_year in {None, day.year} else f"{words} {day.year}"


def header_day(moment: datetime) -> str:
    """Mon, 23 Nov 2026 at 14:20."""
    day = f"{_DAYS[moment.weekday()][:_SHORT]}, {moment.day} {_MONTHS[moment.month - 1][:_SHORT]} {moment.year}"
    return f"{day} at {moment:%H:%M}"
