"""How each way of naming a day is reckoned, once `day_words` has recognised it.

One function a way; None, ValueError or OverflowError where there is no such day to come.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clientinbox.worktime.hours import WorkCalendar

SMALL = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEK = 7
_FRIDAY, _SUNDAY = 4, 6
_PASSED = timedelta(days=60)
"""A date without its year that passed so lately was meant as past."""


@dataclass(frozen=True, slots=True)
class Today:
    """What a day is reckoned from."""

    now: datetime
    """In the zone of whoever wrote."""
    calendar: WorkCalendar
    day_first: bool = True

    @property
    def day(self) -> date:
        return self.now.date()


def _weekday(words: str) -> int:
    return _DAYS.index(words[:3].casefold())


def _month(words: str) -> int:
    return _MONTHS.index(words[:3].casefold()) + 1


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week_end(monday: date, calendar: WorkCalendar) -> date:
    """The last working day of a week; Friday where all of it is holiday."""
    week = [monday + timedelta(days=step) for step in reversed(range(_WEEK))]
    return next((day for day in week if calendar.is_workday(day)), monday + timedelta(days=_FRIDAY))


def _month_end(year: int, month: int) -> date:
    return (date(year, month, 1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _coming(year: str | None, month: int, day: int, today: date) -> date | None:
    if year:
        return date(int(year) if len(year) > 2 else 2000 + int(year), month, day)  # noqa: PLR2004 - 26 for 2026
    meant = date(today.year, month, day)
    if meant >= today:
        return meant
    return None if today - meant <= _PASSED else meant.replace(year=today.year + 1)


def iso(match: re.Match[str], _: Today) -> date:
    return date.fromisoformat(match["iso"])


def named_date(match: re.Match[str], today: Today) -> date | None:
    return _coming(match["year"], _month(match["month"]), int(match["day"]), today.day)


def in_figures(match: re.Match[str], today: Today) -> date | None:
    first, second = int(match["first"]), int(match["second"])
    orders = [(first, second), (second, first)]
    if not today.day_first and match["mark"] == "/":
        orders.reverse()
    readings = []
    for day, month in orders:
        try:
            readings.append(_coming(match["year"], month, day, today.day))
        except ValueError:
            continue
    if match["weekday"]:
        # Monday 4/28 or 28/4: the weekday says which number is the month.
        wanted = _weekday(match["weekday"])
        readings.sort(key=lambda meant: meant is None or meant.weekday() != wanted)
    return readings[0] if readings else None


def ordinal(match: re.Match[str], today: Today) -> date | None:
    day, year, month = int(match["day"]), today.day.year, today.day.month
    for _ in _MONTHS:
        if day <= _month_end(year, month).day and date(year, month, day) >= today.day:
            return date(year, month, day)
        year, month = (year + 1, 1) if month == len(_MONTHS) else (year, month + 1)
    return None


def day_of_week(match: re.Match[str], today: Today) -> date:
    which = (match["which"] or "").casefold()
    after = (match["after"] or "").casefold()
    wanted = _weekday(match["weekday"])
    if which == "next" or "next week" in f"{match['before'] or ''}{after}".casefold():
        return _monday(today.day) + timedelta(days=_WEEK + wanted)
    ahead = (wanted - today.day.weekday()) % _WEEK
    if ahead == 0 and which != "this":
        ahead = _WEEK
    return today.day + timedelta(days=ahead + (_WEEK if match["far"] or after else 0))


def relative(match: re.Match[str], today: Today) -> date:
    words = match.group().casefold()
    steps = 2 if "after" in words and "afternoon" not in words else int("tomorrow" in words)
    return today.day + timedelta(days=steps + (_WEEK if "week" in words else 0))


def end_of(match: re.Match[str], today: Today) -> date:
    unit = {"eow": "week", "eom": "month"}.get(match["unit"].casefold(), match["unit"].casefold())
    following = match.groupdict().get("next") is not None
    if unit == "week":
        end = _week_end(_monday(today.day) + timedelta(days=_WEEK * following), today.calendar)
        return end if end >= today.day else _week_end(_monday(today.day) + timedelta(days=_WEEK), today.calendar)
    if unit == "year":
        return date(today.day.year + following, 12, 31)
    if unit == "month":
        end = _month_end(today.day.year, today.day.month)
        later = end + timedelta(days=1)
        return _month_end(later.year, later.month) if following else end
    month = _month(unit)
    return _month_end(today.day.year + (month < today.day.month), month)


def week(match: re.Match[str], today: Today) -> date:
    which = match["which"].casefold()
    weeks = 2 if "after next" in which else int(which != "this week")
    monday = _monday(today.day) + timedelta(days=_WEEK * weeks)
    part = (match["part"] or "").casefold()
    for words, weekday in (("early", 1), ("start", 0), ("beginning", 0), ("mid", 2), ("first", 2)):
        if part.startswith(words):
            return monday + timedelta(days=weekday)
    return _week_end(monday, today.calendar)


def week_of(match: re.Match[str], today: Today) -> date | None:
    first = _coming(match["year"], _month(match["month"]), int(match["day"]), today.day - timedelta(days=_SUNDAY))
    return _week_end(_monday(first), today.calendar) if first else None


def numbered_week(match: re.Match[str], today: Today) -> date:
    number, year = int(match["number"]), today.day.year
    end = _week_end(date.fromisocalendar(year, number, 1), today.calendar)
    return end if end >= today.day else _week_end(date.fromisocalendar(year + 1, number, 1), today.calendar)


def weekend(match: re.Match[str], today: Today) -> date:
    further = _WEEK if (match["which"] or "").casefold() == "next" else 0
    return today.day + timedelta(days=_SUNDAY - today.day.weekday() + further)


def span(match: re.Match[str], today: Today) -> date | datetime:
    word = (match["upto"] or match["count"]).casefold()
    count = int(word) if word.isdecimal() else 2 if "couple" in word else SMALL.index(word) + 1 if word in SMALL else 1
    unit = match["unit"].casefold()
    if unit.startswith(("hour", "min")):
        return today.now + (timedelta(hours=count) if unit.startswith("hour") else timedelta(minutes=count))
    if match["working"] and unit.startswith("day"):
        return today.calendar.add_days(today.day, count)
    if unit.startswith("month"):
        later = today.day.month - 1 + count
        year, month = today.day.year + later // 12, later % 12 + 1
        return date(year, month, min(today.day.day, _month_end(year, month).day))
    return today.day + timedelta(days=count * {"week": _WEEK, "fort": 2 * _WEEK}.get(unit[:4], 1))


def half_hour(_: re.Match[str], today: Today) -> datetime:
    return today.now + timedelta(minutes=30)


def middle(match: re.Match[str], today: Today) -> date | None:
    unit = match["unit"].casefold()
    if unit != "month":
        return _coming(None, _month(unit), 15, today.day)
    this = today.day.replace(day=15)
    return this if this >= today.day else (this + timedelta(days=31)).replace(day=15)


def christmas(_: re.Match[str], today: Today) -> date | None:
    return _coming(None, 12, 24, today.day)


def _in_words(count: str) -> int:
    if "couple" in count:
        return 2
    return SMALL.index(count) + 1 if count in SMALL else 1
