"""How long something took in the hours we are at work, and when so many of those hours will have passed.

Owns the question "what counts as a working moment"; holidays and time zone are given, the clock never is. Counting goes
by whole weeks and by holidays, not by days, since a waiting time is computed for every row of an inbox.

A working day always counts its nominal length: an office whose hours hold a clock change has that one night's clock
stand still, or jump, by the hour in question. Everything else follows the time zone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clientinbox.errors import UsageError

_WEEK = 7
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST = 3
_HOURS = re.compile(r"\s*([01]?\d|2[0-3])[:.]([0-5]\d)\s*(?:-|–|to)\s*([01]?\d|2[0-3])[:.]([0-5]\d)\s*")


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When an office is open. `from_words` checks what a person wrote; the constructor trusts its caller."""

    timezone: str
    """IANA name, e.g. Europe/London."""
    start: time
    end: time
    workdays: frozenset[int]
    """0 is Monday; never empty."""
    holidays: frozenset[date] = frozenset()

    @classmethod
    def from_words(
        cls, timezone: str, hours: str, workdays: Iterable[str], holidays: Iterable[date] = frozenset()
    ) -> Self:
        """Read "Europe/London", "09:00-17:30", ("mon", "tue"); UsageError on nonsense."""
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:  # "Europe" alone is a directory
            raise UsageError(
                f"“{timezone}” is not a time zone.", todo="Write an IANA name such as Europe/London."
            ) from exc
        match = _HOURS.fullmatch(hours)
        if match is None:
            raise UsageError(f"“{hours}” are not opening hours.", todo="Write them as 09:00-17:30.")
        first_hour, first_minute, last_hour, last_minute = (int(part) for part in match.groups())
        start, end = time(first_hour, first_minute), time(last_hour, last_minute)
        if end <= start:
            raise UsageError(
                f"Opening hours “{hours}” end before they begin.", todo="Write the earlier time first: 09:00-17:30."
            )
        days = frozenset(_day_number(word) for word in workdays)
        if not days:
            raise UsageError("There is no working day.", todo="Name at least one: mon, tue, wed, thu, fri, sat, sun.")
        return cls(timezone, start, end, days, frozenset(holidays))

    @property
    def hours_a_day(self) -> float:
        """Business hours of one working day."""
        return self._length / timedelta(hours=1)

    def is_workday(self, day: date) -> bool:
        return day.weekday() in self.workdays and day not in self.holidays

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is at work; the closing minute is not."""
        local = self._local(moment)
        return self.is_workday(local.date()) and self.start <= local.time() < self.end

    def next_opening(self, moment: datetime) -> datetime:
        """The moment itself while open, else the next opening; in the calendar's zone."""
        local = self._local(moment)
        if self.is_open(local):
            return local
        day = local.date()
        if local.time() >= self.end or not self.is_workday(day):
            day = self.add_days(day, 1)
        return self._opening(day)

    def hours_between(self, a: datetime, b: datetime) -> float:
        """Business hours from a to b; 0 where b is not after a."""
        if b <= a:
            return 0.0
        first, last = self._local(a), self._local(b)
        whole = self._workdays_after(first.date() - timedelta(days=1), last.date() - timedelta(days=1))
        worked = whole * self._length + self._worked_on(last) - self._worked_on(first)
        return max(0.0, worked / timedelta(hours=1))

    def days_between(self, a: date, b: date) -> int:
        """Business days after a, up to and with b; negative where b is earlier (a date that moved forward)."""
        return self._workdays_after(a, b) if b >= a else -self._workdays_after(b, a)

    def add_days(self, day: date, days: int) -> date:
        """The n-th business day after a day; the day itself for 0."""
        if days < 0:
            raise ValueError("business days are added, not taken away")
        for _ in range(days):
            day += timedelta(days=1)
            while not self.is_workday(day):
                day += timedelta(days=1)
        return day

    def add_hours(self, moment: datetime, hours: float) -> datetime:
        """The first moment by which so many business hours have passed; in the calendar's zone."""
        if hours < 0:
            raise ValueError("business hours are added, not taken away")
        if hours == 0:
            return self._local(moment)
        left = timedelta(hours=hours)
        at = self.next_opening(moment)
        while True:
            today = self._length - self._worked_on(at)
            if left <= today:
                return (at.astimezone(UTC) + left).astimezone(self._zone)
            left -= today
            at = self._opening(self.add_days(at.date(), 1))

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)  # cached by zoneinfo

    @property
    def _length(self) -> timedelta:
        return datetime.combine(date.min, self.end) - datetime.combine(date.min, self.start)

    def _local(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return moment.astimezone(self._zone)

    def _opening(self, day: date) -> datetime:
        return datetime.combine(day, self.start, self._zone)

    def _worked_on(self, local: datetime) -> timedelta:
        """Business time of that day up to that moment, measured as it passes (UTC), not as clocks show it."""
        day = local.date()
        if not self.is_workday(day):
            return timedelta(0)
        passed = local.astimezone(UTC) - self._opening(day).astimezone(UTC)
        return min(max(passed, timedelta(0)), self._length)

    def _workdays_after(self, a: date, b: date) -> int:
        """Business days in (a, b], b not before a."""
        weeks, rest = divmod((b - a).days, _WEEK)
        count = weeks * len(self.workdays)
        count += sum((a.weekday() + step) % _WEEK in self.workdays for step in range(1, rest + 1))
        return count - sum(a < day <= b and day.weekday() in self.workdays for day in self.holidays)


def _day_number(word: str) -> int:
    name = word.strip().lower()
    for number, day in enumerate(_DAYS):
        if len(name) >= _SHORTEST and day.startswith(name):
            return number
    raise UsageError(f"“{word}” is not a day of the week.", todo="Write mon, tue, wed, thu, fri, sat or sun.")
