"""The solution frame of an answer: what went wrong, how and by whom it is put right, by when, at what cost, what next.

Owns which of the six slots of rule 9 a draft fills and with which words of it, and which of them an answer to a
complaint still lacks. Only the writer's own words count; a sentence that still holds a placeholder fills nothing.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from clientinbox.drafting import frame_words as words
from clientinbox.drafting.sentences import Sentence, content_words, sentences
from clientinbox.mail.zone import ZoneKind
from clientinbox.mail.zones import own_words, zones_of
from clientinbox.promises.due import Due, dues_in
from clientinbox.triage.labels import Label
from clientinbox.worktime.hours import WorkCalendar

MOST_TEXT = 20_000
"""Characters of a draft that are judged."""
_PICKED_UP, _PICKED_UP_WITH_FAILURE = 3, 2
"""Content words that a sentence shares with one of theirs to pick it up; fewer where it also says that it failed."""
_LONGEST = 600
"""Characters of a sentence that are judged."""
_PLACEHOLDER = re.compile(r"‹[^‹›\n]{0,200}›|\{\{[^{}\n]{0,200}\}\}")
_QUOTED = re.compile(r"“([^”\n]{4,300})”|\"([^\"\n]{4,300})\"")


class Slot(StrEnum):
    """In the order of an answer."""

    PROBLEM = "problem"
    EXPLANATION = "explanation"
    REMEDY = "remedy"
    DATE = "date"
    COST = "cost"
    NEXT_UPDATE = "next_update"


NEEDED = (Slot.PROBLEM, Slot.REMEDY, Slot.DATE, Slot.COST, Slot.NEXT_UPDATE)
"""What an answer to a complaint cannot do without; an explanation helps."""
SLOT_RULES: dict[Slot, str] = {
    Slot.PROBLEM: "frame_problem",
    Slot.REMEDY: "frame_remedy",
    Slot.DATE: "frame_date",
    Slot.COST: "frame_cost",
    Slot.NEXT_UPDATE: "frame_next",
}
"""The rule of `check` that reports each missing slot."""
SLOT_QUESTIONS: dict[Slot, str] = {
    Slot.PROBLEM: "what went wrong, in their words?",
    Slot.EXPLANATION: "why?",
    Slot.REMEDY: "how is it put right, and by whom?",
    Slot.DATE: "how long?",
    Slot.COST: "how much?",
    Slot.NEXT_UPDATE: "when do they hear next?",
}


def placeholder(slot: Slot) -> str:
    """What stands in a draft where a slot is still empty: ‹how long?›."""
    return f"‹{SLOT_QUESTIONS[slot]}›"


@dataclass(frozen=True, slots=True)
class SlotState:
    slot: Slot
    found: bool
    text: str = ""
    """The exact words of the draft that fill it."""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    slots: tuple[SlotState, ...]
    """All six, in the order of `Slot`."""

    def __getitem__(self, slot: Slot) -> SlotState:
        return next(state for state in self.slots if state.slot is slot)

    @property
    def flags(self) -> dict[str, bool]:
        """{"problem": true, …}, as `check --jsonl` says it."""
        return {state.slot.value: state.found for state in self.slots}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A ‹…› or {{…}} that nobody has filled: it blocks sending."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """One sentence with what has been found out about it."""

    sentence: Sentence
    text: str
    """Its beginning, which is all that is judged."""
    heading: str
    """Slot that a label at the beginning of its line names; "" for none."""
    follows: str
    """The same for the sentence before it, on the same line."""
    dues: tuple[Due, ...]


def find_frame(
    draft: str,
    inbound: str | None,
    now: datetime,
    timezone: str,
    *,
    people: Sequence[str] = (),
    calendar: WorkCalendar | None = None,
) -> Frame:
    """Find which slots a draft fills.

    Args:
        draft: the text as it would be sent, quotes and signature included.
        inbound: the own words of the mail that it answers; None where it answers none.
        now: when it is written; aware.
        timezone: the writer's zone.
        people: names of our people, for "Kim will …".
        calendar: the working days, for "in 3 working days".
    """
    own = own_words(draft, zones_of(draft[:MOST_TEXT]))
    read = list(_readings(own.text, now, timezone, calendar))
    theirs = _Theirs.of(inbound or "")
    mends = _mending(people)
    fills: dict[Slot, Callable[[_Reading], bool]] = {
        Slot.PROBLEM: lambda one: _names_problem(one, theirs, mends),
        Slot.EXPLANATION: _explains,
        Slot.REMEDY: lambda one: _mends(one, mends),
        Slot.DATE: lambda one: _says_date(one, mends),
        Slot.COST: _says_cost,
        Slot.NEXT_UPDATE: _says_next,
    }
    states = []
    for slot in Slot:
        sentence = next((one.sentence for one in read if fills[slot](one)), None)
        start, end = own.in_body(sentence.start, sentence.end) if sentence else (0, 0)
        states.append(SlotState(slot, sentence is not None, draft[start:end], start, end))
    return Frame(tuple(states))


def missing(frame: Frame, labels: Collection[str], waived: Mapping[str, str] | None = None) -> tuple[Slot, ...]:
    """The slots that keep an answer from being sent: none where nobody complained; a waiver needs its reason."""
    if Label.COMPLAINT not in labels:
        return ()
    reasons = waived or {}
    return tuple(slot for slot in NEEDED if not frame[slot].found and not reasons.get(slot.value, "").strip())


def unfilled(draft: str) -> tuple[Placeholder, ...]:
    """Placeholders left in a draft, in order; what it quotes from others is not ours to fill."""
    quotes = [(zone.start, zone.end) for zone in zones_of(draft) if zone.kind in {ZoneKind.QUOTE, ZoneKind.FORWARDED}]
    return tuple(
        Placeholder(match.group(), *match.span())
        for match in _PLACEHOLDER.finditer(draft)
        if not any(start <= match.start() < end for start, end in quotes)
    )


def _readings(text: str, now: datetime, timezone: str, calendar: WorkCalendar | None) -> Iterator[_Reading]:
    before: _Reading | None = None
    for sentence in sentences(text):
        label = next((slot for slot, heading in words.HEADINGS if heading.match(sentence.text)), "")
        follows = ""
        if before is not None and "\n" not in text[before.sentence.end : sentence.start]:
            follows = before.heading or before.follows
        dues = dues_in(sentence.text, now, timezone, calendar)
        before = _Reading(sentence, sentence.text[:_LONGEST], label, follows, dues)
        if not sentence.asks and not _PLACEHOLDER.search(sentence.text):
            yield before


@dataclass(frozen=True, slots=True)
class _Theirs:
    """What they wrote, as far as an answer may pick it up."""

    flat: str
    about: tuple[frozenset[str], ...]
    """Content words of each of their sentences."""

    @classmethod
    def of(cls, inbound: str) -> Self:
        inbound = inbound[:MOST_TEXT]
        return cls(_flat(inbound), tuple(content_words(sentence.text) for sentence in sentences(inbound)))

    def quoted_in(self, text: str) -> bool:
        quotes = (_flat(match[1] or match[2]) for match in _QUOTED.finditer(text))
        return any(" " in quote and quote in self.flat for quote in quotes)

    def shared(self, text: str) -> int:
        mine = content_words(text)
        return max((len(mine & theirs) for theirs in self.about), default=0)


def _flat(text: str) -> str:
    return " ".join(text.replace("’", "'").casefold().split()).strip(" .,!?…")


def _mending(people: Sequence[str]) -> re.Pattern[str]:
    """How one of our people, by full or first name, mends something."""
    names = {name for person in people if person.strip() for name in (" ".join(person.split()), person.split()[0])}
    if not names:
        return words.MENDS
    anybody = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"{words.MENDS.pattern}|(?<!\w)(?:{anybody}){words.PERSON_MENDS}", re.IGNORECASE)


def _names_problem(one: _Reading, theirs: _Theirs, mends: re.Pattern[str]) -> bool:
    if one.heading == Slot.PROBLEM or words.ADMITS.search(one.text) or theirs.quoted_in(one.text):
        return True
    if words.PUTS_OFF.search(one.text) or words.COURTESY.match(one.text) or mends.search(one.text):
        return False
    needed = _PICKED_UP_WITH_FAILURE if words.FAILURE.search(one.text) else _PICKED_UP
    return theirs.shared(one.text) >= needed


def _explains(one: _Reading) -> bool:
    return one.heading == Slot.EXPLANATION or one.follows == Slot.PROBLEM or words.EXPLAINS.search(one.text) is not None


def _mends(one: _Reading, mends: re.Pattern[str]) -> bool:
    if one.heading == Slot.REMEDY:
        return True
    return mends.search(one.text) is not None and not words.PUTS_OFF.search(one.text)


def _says_date(one: _Reading, mends: re.Pattern[str]) -> bool:
    if one.heading == Slot.DATE:
        return True
    if words.PUTS_OFF.search(one.text) or words.CONDITION.search(one.text):
        return False
    mending = Slot.REMEDY in {one.heading, one.follows} or mends.search(one.text) is not None
    if mending and words.ALREADY.search(one.text):
        return True
    dated = any(not due.words.casefold().startswith(("for ", "until ", "from ")) for due in one.dues)
    return dated and (mending or words.WILL.search(one.text) is not None) and not _only_talks(one.text, mends)


def _only_talks(text: str, mends: re.Pattern[str]) -> bool:
    """Whether what is to come is a talk or a note, and nothing that puts it right."""
    return (words.TELLS.search(text) or words.MEETS.search(text)) is not None and mends.search(text) is None


def _says_cost(one: _Reading) -> bool:
    return one.heading == Slot.COST or words.COSTS.search(one.text) is not None


def _says_next(one: _Reading) -> bool:
    regularly = words.REGULARLY.search(one.text) is not None
    if not (one.dues or regularly) or words.CONDITION.search(one.text):
        return False
    return one.heading == Slot.NEXT_UPDATE or words.TELLS.search(one.text) is not None
