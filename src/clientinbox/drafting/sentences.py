"""Sentences and content words of a mail, with their offsets, in linear time whatever is written there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_END = re.compile(r"[.!?…]+[\"”’')\]]*(?=\s|$)|\n")
_ABBREVIATION = re.compile(r"\b(?:Mrs?|Ms|Mx|Dr|St|Prof|Sr|Jr|approx|incl|e\.g|i\.e|etc|vs|cf|[A-Z])$")
_BEFORE_NUMBER = re.compile(
    r"\b(?:Nos?|nos?|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$"
)
_NUMBER = re.compile(r"\s+[0-9]")
_LONGEST_ABBREVIATION = 8
_NEW_LINE = re.compile(r"[\s>*•–-]|[0-9]{1,2}[.)]\s|[A-Z][^:\n]{0,50}:\s|$")
"""What begins a line of its own, however long the line before is."""
_WRAPPED = 55
"""A line so long goes on in the next one."""
_WORD = re.compile(r"[^\W\d_]{3,}", re.UNICODE)
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """
        all the and for that this with you your yours our ours ourselves have has had having are was were been
        being not but any can could will would shall should may might must from they them their theirs there
        then than what when where which who whom whose why how here his hers him she its one two three out into
        over under about after before again also just only very too some such more most much many each every
        other own same both few these those did does doing done don get got getting let now yes please thank
        thanks dear best regards kind wishes hello sorry apologies hope know think said say says tell told ask
        asked write wrote send sent make made take took give given come came look see need want like going went
        gone still yet well really quite able sure back off per via upon monday tuesday wednesday thursday
        friday saturday sunday january february march april june july august september october november december
        today tomorrow yesterday morning afternoon evening tonight week weeks day days month time times date
        dates hour hours minute minutes
        """,
    )
)
_ENDINGS = ("ings", "ing", "edly", "ed", "ers", "er", "ies", "es", "ly", "s", "e", "y")
_STEM = 4


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    start: int
    end: int

    @property
    def asks(self) -> bool:
        return self.text.rstrip("\"”’')] ").endswith("?")


def sentences(text: str) -> tuple[Sentence, ...]:
    """Each sentence, or line that stands for one, in order; a hard-wrapped line goes on in the next."""
    return tuple(_sentences(text))


def _sentences(text: str) -> Iterator[Sentence]:
    start = line = 0
    for mark in _END.finditer(text):
        if mark.group() == "\n":
            goes_on = mark.start() - line >= _WRAPPED and not _NEW_LINE.match(text, mark.end())
            line = mark.end()
            if goes_on:
                continue
        elif mark.group() == "." and _goes_on(text, mark):
            continue
        yield from _stripped(text, start, mark.end())
        start = mark.end()
    yield from _stripped(text, start, len(text))


def _goes_on(text: str, point: re.Match[str]) -> bool:
    """Whether a full stop only ends an abbreviation."""
    before = text[max(0, point.start() - _LONGEST_ABBREVIATION) : point.start()]
    if _ABBREVIATION.search(before):
        return True
    return _BEFORE_NUMBER.search(before) is not None and _NUMBER.match(text, point.end()) is not None


def _stripped(text: str, start: int, end: int) -> Iterator[Sentence]:
    piece = text[start:end]
    begin = start + len(piece) - len(piece.lstrip())
    last = begin + len(piece.strip())
    if any(each.isalnum() for each in piece):
        yield Sentence(text[begin:last], begin, last)


def content_words(text: str) -> frozenset[str]:
    """What a text is about: its words without grammar, time and courtesy, cut to a rough stem."""
    return frozenset(_stem(word) for word in (found.casefold() for found in _WORD.findall(text)) if word not in _EMPTY)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            return word.removesuffix(ending)
    return word


def clipped(text: str, most: int, within: Sequence[str] = (" ", "\n")) -> str:
    """The beginning of a text, cut between words: always an exact beginning of it."""
    if len(text) <= most:
        return text
    cut = max(text.rfind(mark, 0, most + 1) for mark in within)
    return text[: cut if cut > 0 else most].rstrip()
