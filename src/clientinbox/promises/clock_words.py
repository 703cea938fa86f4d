"""Times of day as people write them in mail: "12:00", "9.30 am", "at two", "half past five", "noon", "end of play".

Owns the question "at what hour"; which day it is belongs to `day_words`. A bare number counts only behind a word such
as "at" or "by" and where nothing follows that would make it a quantity ("by 10 people").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from clientinbox.promises.lead import Lead, lead_before

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORD = "|".join(_NUMBERS)
_HOUR = "(?P<hour>[01]?[0-9]|2[0-3])"
_HALF_DAY = r"(?P<half>a\.?m\b|p\.?m\b)"
_AFTER = (
    r"(?=\s*(?:$|[.,;:!?)(\n–—-]|(?:o['’]clock|sharp|on|today|tomorrow|tonight|this|in the|your|my|our|and|or|for|with"
    r"|at the latest|as|when|if|so|central|eastern|pacific|mon|tue|wed|thu|fri|sat|sun)))"
)
"""What may follow a bare hour."""
_CLOSING = (
    r"\b(?:(?:close|end) of (?:play|business|trading|(?:the |my |your |our )?(?:business |working )?(?:day|afternoon))"
    r"|EOD|EOP|EOB|COB)\b"
)
_TIME_LEADS = frozenset(
    {"at", "by", "before", "until", "till", "from", "around", "about", "@", "no later than", "latest", "for"}
)
_NOON = 12
_EARLIEST_BARE = 7
"""A bare "at 6" is taken for the evening, "at 7" for the morning."""
_HOURS = 24


@dataclass(frozen=True, slots=True)
class Clock:
    start: int
    end: int
    at: time | None
    """None for words that name a part of the day only ("end of play")."""
    rule: str
    lead: Lead
    firm: bool = True
    """Whether morning or afternoon was said, or needs no saying."""


_RULES: tuple[tuple[str, re.Pattern[str], bool], ...] = tuple(
    (rule, re.compile(pattern, re.IGNORECASE), needs_lead)
    for rule, pattern, needs_lead in (
        ("end of day", _CLOSING, False),
        (
            "part of an hour",
            rf"\b(?P<part>half|quarter) (?P<side>past|to) (?P<hour>{_WORD}|1[0-2]|[1-9])\b(?:\s?{_HALF_DAY})?",
            False,
        ),
        ("hour", rf"(?<![\w.,/:£$€-]){_HOUR}(?:[:.](?P<minute>[0-5][0-9]))?\s?{_HALF_DAY}", False),
        ("hour", rf"(?<![\w.,/:-]){_HOUR}:(?P<minute>[0-5][0-9])(?![\w:])", False),
        ("hour", rf"(?<![\w.,/:£$€-]){_HOUR}\.(?P<minute>[0-5][0-9])(?![\w%]|\.[0-9])", True),
        ("hour", rf"\b(?P<hour>[01]?[0-9]|{_WORD}) o['’]clock\b", False),
        ("hour", rf"(?<![\w.,/:£$€-])(?P<hour>[01]?[0-9]|2[0-3]|{_WORD})(?![\w%/]|[.,][0-9]){_AFTER}", True),
        ("noon", r"\b(?:noon|midday)\b", False),
        ("part of the day", r"\b(?:midnight|lunch(?:time)?|breakfast)\b", True),
    )
)


def clocks(text: str) -> tuple[Clock, ...]:
    """All times of day in a text, in order, none overlapping."""
    kept: list[Clock] = []
    for clock in sorted(_all(text), key=lambda clock: (clock.start, -clock.end)):
        if not kept or clock.start >= kept[-1].end:
            kept.append(clock)
    return tuple(kept)


def _all(text: str) -> Iterator[Clock]:
    for rule, pattern, needs_lead in _RULES:
        for match in pattern.finditer(text):
            lead = lead_before(text, match.start())
            if needs_lead and lead.words not in _TIME_LEADS:
                continue
            if rule == "noon":
                yield Clock(*match.span(), time(_NOON), rule, lead)
            elif "hour" not in match.groupdict():
                yield Clock(*match.span(), None, rule, lead)
            else:
                yield from _hour(rule, match, lead)


def _hour(rule: str, match: re.Match[str], lead: Lead) -> Iterator[Clock]:
    groups = match.groupdict()
    word = match["hour"]
    hour = int(word) if word.isdecimal() else _NUMBERS.index(word.casefold()) + 1
    minute = int(groups.get("minute") or 0)
    if groups.get("part"):
        minute = 30 if groups["part"].casefold() == "half" else 15
        if groups["side"].casefold() == "to":
            hour, minute = hour - 1, 60 - minute
    half = (groups.get("half") or "").replace(".", "").casefold()
    if half:
        if hour > _NOON:
            return
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    if 0 <= hour < _HOURS:
        firm = bool(half) or hour > _NOON or word.startswith("0")
        yield Clock(*match.span(), time(hour, minute), rule, lead, firm=firm)


def meant(clock: Clock, words: str) -> time | None:
    """The hour that was meant, given the words around it ("tomorrow afternoon at 3")."""
    if clock.at is None or clock.firm:
        return clock.at
    hour = clock.at.hour
    if re.search(r"\b(?:afternoon|evening|tonight|night|arvo)\b", words, re.IGNORECASE):
        later = hour < _NOON
    elif re.search(r"\b(?:morning|first thing)\b", words, re.IGNORECASE):
        later = False
    else:
        # Nobody in an office means six in the morning without saying so.
        later = hour < _EARLIEST_BARE
    return clock.at.replace(hour=hour + _NOON) if later else clock.at
