"""By when something was promised, and by whom, as the words of one sentence say.

Owns the reading of due dates (rule 7): resolved against the day and zone of whoever wrote, with the exact words and the
rule that was used, so that a person can see why. What is vague ("soon", "as soon as I can") has no due date.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clientinbox.promises.clock_words import Clock, clocks, meant
from clientinbox.promises.day_readings import Today
from clientinbox.promises.day_words import Day, days
from clientinbox.worktime.hours import WorkCalendar

_OWNERS = (
    r"(?i:\(\s*(?:by |with )?{name}\s*\))",
    r"(?<!\w){name}(?:['’](?:ll|s)|\s+(?:will|is|has|can|to)\b)",
    r"\b[Ff]rom {name}(?!\w)",
    r"\b(?:done|sent|built|made|written|checked|tested|delivered|handled) by {name}(?!\w)",
)
"""How a sentence says who will do it, the plainest first."""
MOST_TEXT = 4_000
"""Characters that are read: a promise is a sentence."""

_BETWEEN = re.compile(
    r"[\s,(]*(?:(?:at|by|before|on|of|the|in|latest|morning|afternoon|evening|arvo|lunchtime|night|first thing|around"
    r"|about|from|no later than|for)[\s,]+){0,4}",
    re.IGNORECASE,
)
"""What may stand between a day and its hour."""
_PART_OF_DAY = re.compile(r"[\s,]*(?:in the )?(?:morning|afternoon|arvo|evening|night|lunchtime)\b", re.IGNORECASE)
_LOOSE = re.compile(
    r"\b(?:around|about|roughly|hopefully|probably|perhaps|maybe|ideally|should|hope|expect|aim|try|early|late|mid)\b",
    re.IGNORECASE,
)
_RECURRING = re.compile(r"\b(?:every|each|daily|weekly|always|whenever)\b", re.IGNORECASE)
"""An hour without a day is no due date where it comes again and again."""
_LATEST_BARE = 19
"""An hour of today that has passed is this evening's up to so late, else tomorrow's."""
_NOON = 12


@dataclass(frozen=True, slots=True)
class Due:
    """By when, with the words that say so."""

    day: date
    at: time | None
    """None where only a day was named; in the zone of whoever wrote."""
    words: str
    """The exact words, with the "by" before them."""
    start: int
    end: int
    """Offsets into the text that was read."""
    rule: str
    """How the words were understood: "weekday", "within so long"…"""
    hard: bool = True
    """A limit was drawn ("by", "no later than", or a bare day); False where the words around leave room."""


def due_in(
    text: str, now: datetime, timezone: str, calendar: WorkCalendar | None = None, *, day_first: bool = True
) -> Due | None:
    """The due date that a sentence names; None where it names none.

    Of several the first behind "by", "before", "until" or "within" counts, else the first.
    """
    found = dues_in(text, now, timezone, calendar, day_first=day_first)
    if not found:
        return None
    return next((due for due in found if _DEADLINE.match(due.words)), found[0])


_DEADLINE = re.compile(r"(?:by|before|until|till|within|no later than|latest)\b", re.IGNORECASE)


def dues_in(
    text: str, now: datetime, timezone: str, calendar: WorkCalendar | None = None, *, day_first: bool = True
) -> tuple[Due, ...]:
    """All days to come that a text names, in order.

    Args:
        text: a sentence of the writer's own words.
        now: when it was written; aware.
        timezone: the writer's zone, as an IANA name.
        calendar: the working days; Monday to Friday where none is given.
        day_first: whether 4/12 is the 4th of December.
    """
    local = now.astimezone(ZoneInfo(timezone))
    today = Today(local, calendar or _office(timezone), day_first)
    text = text[:MOST_TEXT]
    named = days(text, today)
    hours = [clock for clock in clocks(text) if not any(_overlap(clock, day) for day in named)]
    dues = []
    free = list(hours)
    for day in named:
        clock = next((hour for hour in free if _adjoin(text, day, hour)), None)
        if clock is not None:
            free.remove(clock)
        if day.day is not None:
            dues.append(_dated(text, day, day.day, clock))
    if dues or _RECURRING.search(text):
        return tuple(dues)
    dues.extend(due for clock in free if (due := _today_at(text, clock, local)) is not None)
    return tuple(sorted(dues, key=lambda due: due.start))


def owner_in(text: str, people: Sequence[str]) -> str | None:
    """Whose promise it is, of the people given (by full or first name): "(Kim)", "Kim will …", "Kim's sending".

    None where nobody is named, or a first name fits two of them.
    """
    text = text[:MOST_TEXT]
    for pattern in _OWNERS:
        owners = {
            person
            for person in people
            for name in _names(person, people)
            if re.search(pattern.format(name=re.escape(name)), text)
        }
        if len(owners) == 1:
            return owners.pop()
    return None


def _names(person: str, people: Sequence[str]) -> tuple[str, ...]:
    """What a person is called: the full name, and the first unless somebody else has it too."""
    words = person.split()
    if not words:
        return ()
    namesakes = [other for other in people if other.split()[:1] == words[:1] and other != person]
    return (person,) if namesakes or len(words) == 1 else (person, words[0])


def _office(timezone: str) -> WorkCalendar:
    return WorkCalendar(timezone, time(9), time(17, 30), frozenset(range(5)))


def _overlap(clock: Clock, day: Day) -> bool:
    return clock.start < day.end and clock.end > day.start


def _adjoin(text: str, day: Day, clock: Clock) -> bool:
    """Whether an hour belongs to a day: nothing but small words stands between the two."""
    before, after = (day, clock) if day.start < clock.start else (clock, day)
    return day.at is None and _BETWEEN.fullmatch(text, before.end, after.start) is not None


def _dated(text: str, named: Day, day: date, clock: Clock | None) -> Due:
    first = min(named.lead.start, clock.lead.start) if clock else named.lead.start
    end = max(named.end, clock.end) if clock else named.end
    part = _PART_OF_DAY.match(text, end)
    if part:
        end = part.end()
    words = text[first:end]
    at = meant(clock, words) if clock else None
    if named.at is not None:
        at = named.at.time().replace(second=0, microsecond=0)
    return Due(day, at, words, first, end, named.rule, _is_hard(text, first, end))


def _today_at(text: str, clock: Clock, now: datetime) -> Due | None:
    """An hour without a day: the next time that the clock shows it."""
    first = clock.lead.start
    part = _PART_OF_DAY.match(text, clock.end)
    end = part.end() if part else clock.end
    words = text[first:end]
    if clock.lead.backwards or clock.lead.words in {"from", "of"}:
        return None
    at = meant(clock, words)
    day = now.date()
    if at is not None and at <= now.time():
        evening = at.replace(hour=at.hour + _NOON) if at.hour < _NOON and not clock.firm else None
        if evening is not None and now.time() < evening <= time(_LATEST_BARE):
            at = evening
        else:
            day += timedelta(days=1)
    return Due(day, at, words, first, end, clock.rule, _is_hard(text, first, end))


def _is_hard(text: str, start: int, end: int) -> bool:
    sentence = max(text.rfind(mark, 0, start) for mark in ".!?\n;") + 1
    return _LOOSE.search(text, sentence, end) is None
