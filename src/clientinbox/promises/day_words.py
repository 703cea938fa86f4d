"""Days as people write them in mail, resolved against the day of the mail: "by Friday", "the 3rd", "in 3 working days".

Owns the question "which day". A day that has plainly passed ("last Friday", "since Monday") is no day to come; one
that is named without its year or month is the next such day.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from clientinbox.promises import day_readings as readings
from clientinbox.promises.day_readings import SMALL, Today
from clientinbox.promises.lead import Lead, lead_before

_WD = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|(?:tues?|weds|thu|thurs?|fri"
    r"|(?-i:Wed|WED|Mon|Sat|Sun|MON|SAT|SUN))\b\.?)"
)
_MONTH = (
    r"(?P<month>(?:january|february|march|april|june|july|august|september|october|november|december|(?-i:May|MAY))\b"
    r"|(?:jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec|(?-i:Mar|MAR))\b\.?)"
)
_WEEKDAY_BEFORE = rf"(?:\b{_WD},?\s+(?:the\s+)?)?"
_NUMBER = r"(?P<day>0?[1-9]|[12][0-9]|3[01])"
_YEAR = r"(?:,?\s+(?P<year>20[0-9]{2})\b)?"
_HOW_MANY = "|".join(SMALL)
_SPAN = (
    rf"(?P<count>[0-9]{{1,3}}|{_HOW_MANY}|a couple of|an?|the)"
    rf"(?:\s?(?:to|or|[-–])\s?(?P<upto>[0-9]{{1,3}}|{_HOW_MANY}))?"
    r"[ -](?P<working>working |business |clear |clear working )?"
)
_NO_NOUN = (
    r"(?=\s*(?:$|[.,;:!?)('’\n–—-]|(?:at|by|and|or|to|for|from|in|with|is|it|so|we|i|you|if|as|but|before|after|noon|when"
    r"|then|latest|instead|of|either|because|unless|without|please|that|should|will)\b|[0-9]))"
)
"""What may follow "the 3rd", so that the 3rd draft is no day."""
_DATE_LEADS = frozenset(
    {
        "by",
        "before",
        "until",
        "till",
        "on",
        "for",
        "from",
        "of",
        "to",
        "come",
        "no later than",
        "latest by",
        "latest",
        "the",
    }
)


@dataclass(frozen=True, slots=True)
class Day:
    start: int
    end: int
    day: date | None
    """None for a day that has passed, or one of many: it is no due date, and its hour is none either."""
    rule: str
    lead: Lead
    at: datetime | None = None
    """A moment, where hours or minutes were named."""


def days(text: str, today: Today) -> tuple[Day, ...]:
    """All days that a text names, in order, none overlapping."""
    return tuple(sorted(_all(text, today), key=lambda day: day.start))


def _all(text: str, today: Today) -> Iterator[Day]:
    taken: list[tuple[int, int]] = []
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            start, end = match.span()
            if any(start < later and end > earlier for earlier, later in taken):
                continue
            lead = lead_before(text, start)
            if rule.leads and lead.words not in rule.leads and not match.groupdict().get("weekday"):
                continue
            # What one rule has understood, even as past, no coarser rule may read again.
            taken.append((start, end))
            try:
                meant = None if lead.backwards else rule.reading(match, today)
            except (ValueError, OverflowError):
                continue
            at = meant if isinstance(meant, datetime) else None
            day = meant.date() if isinstance(meant, datetime) else meant
            yield Day(start, end, None if day is None or day < today.day else day, rule.name, lead, at)


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    pattern: re.Pattern[str]
    reading: Callable[[re.Match[str], Today], date | datetime | None]
    leads: frozenset[str] = frozenset()
    """One of these must stand before it; empty for none."""


def _rule(
    name: str,
    pattern: str,
    reading: Callable[[re.Match[str], Today], date | datetime | None],
    leads: frozenset[str] = frozenset(),
) -> _Rule:
    return _Rule(name, re.compile(pattern, re.IGNORECASE), reading, leads)


_RULES: tuple[_Rule, ...] = (
    _rule("date", r"(?<![\w-])(?P<iso>20[0-9]{2}-[01][0-9]-[0-3][0-9])(?![\w-])", readings.iso),
    _rule(
        "week of a date",
        rf"\b(?:week (?:of|commencing|beginning|starting)|w/c)\s+(?:the\s+)?{_WEEKDAY_BEFORE}{_NUMBER}(?:st|nd|rd|th)?"
        rf"(?:\s+of)?\s+{_MONTH}{_YEAR}",
        readings.week_of,
    ),
    _rule(
        "date",
        rf"{_WEEKDAY_BEFORE}(?<![\w.,/:]){_NUMBER}(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}{_YEAR}",
        readings.named_date,
    ),
    _rule(
        "date",
        rf"{_WEEKDAY_BEFORE}\b{_MONTH}\s+(?:the\s+)?{_NUMBER}(?:st|nd|rd|th)?(?![\w%:]|[.,/][0-9]){_YEAR}",
        readings.named_date,
    ),
    _rule(
        "date",
        rf"(?:\b(?P<weekday>{_WD}),?\s+(?:the\s+)?)?(?<![\w.,/:-])(?!24/7)(?P<first>[0-9]{{1,2}})(?P<mark>/)"
        r"(?P<second>[0-9]{1,2})(?:/(?P<year>20[0-9]{2}|[0-9]{2}))?(?![\w/%])",
        readings.in_figures,
        _DATE_LEADS,
    ),
    _rule(
        "date",
        rf"(?:\b(?P<weekday>{_WD}),?\s+(?:the\s+)?)?(?<![\w.,/:-])(?P<first>[0-9]{{1,2}})(?P<mark>\.)"
        r"(?P<second>[0-9]{1,2})\.(?P<year>20[0-9]{2})?(?!\w)",
        readings.in_figures,
        _DATE_LEADS,
    ),
    _rule(
        "day of the month",
        rf"(?:\b(?P<weekday>{_WD}),?\s+(?:the\s+)?)?(?<![\w.,/:-]){_NUMBER}(?:st|nd|rd|th)\b{_NO_NOUN}",
        readings.ordinal,
        _DATE_LEADS,
    ),
    _rule(
        "day of the month",
        rf"(?<=\bthe ){_NUMBER}(?![\w%/]|[.,:][0-9]){_NO_NOUN}",
        readings.ordinal,
        _DATE_LEADS - {"the", "of", "for", "from", "to"},
    ),
    _rule(
        "end of",
        rf"\bend of (?:(?:the|this|(?P<next>next))\s+)?(?:working )?(?P<unit>week|month|year|{_MONTH})",
        readings.end_of,
    ),
    _rule("end of", r"\b(?P<unit>EO[WM]|(?:month|year)(?=[ -]end\b))(?:[ -]end)?\b", readings.end_of),
    _rule(
        "weekday",
        rf"\b(?P<before>next week,? (?:on )?)?(?P<far>a week (?:on|from) )?"
        r"(?:(?P<which>this coming|this|next|coming) )?"
        rf"(?P<weekday>{_WD})(?!-)(?P<after> (?:week\b|(?:of )?next week))?",
        readings.day_of_week,
    ),
    _rule(
        "day after tomorrow, tomorrow, today",
        r"\b(?:(?:the )?day after tomorrow|tomorrow(?: week)?|a week (?:today|tomorrow)|today|tonight"
        r"|this (?:morning|afternoon|arvo|evening|lunchtime|noon))\b",
        readings.relative,
    ),
    _rule(
        "week",
        r"\b(?:(?P<part>early|later?|mid|start|beginning|middle|first half|course)(?: of| in)?[ -])?(?:the )?"
        r"(?P<which>week after next|(?:this|next|coming|following) week)\b",
        readings.week,
    ),
    _rule("weekend", r"\b(?:(?P<which>this|next|coming) )?weekend\b", readings.weekend),
    _rule(
        "numbered week",
        r"\b(?:KW|CW|calendar week|week (?:no\.? )?)\s?(?P<number>[0-9]{1,2})\b",
        readings.numbered_week,
    ),
    _rule("half an hour", r"\b(?:within|in)(?: the next| about)? half an hour\b", readings.half_hour),
    _rule(
        "within so long",
        rf"\b(?:within|in|over|inside)(?: the next| the coming| about)? {_SPAN}"
        r"(?P<unit>days?|weeks?|fortnight|months?|hours?|minutes?|mins?)\b",
        readings.span,
    ),
    _rule(
        "so long from now",
        rf"\b{_SPAN}(?P<unit>days?|weeks?|fortnight|months?|hours?|minutes?) from (?:now|today)\b",
        readings.span,
    ),
    _rule("middle of the month", rf"\bmid[ -](?P<unit>month\b|{_MONTH})", readings.middle),
    _rule("before Christmas", r"\bChristmas\b", readings.christmas, frozenset({"before", "by"})),
)
