"""What is asked after a call, one question after the other, and the way back to each. No widget here.

An answer that cannot be understood is refused with a sentence; nothing that was said before is lost by it.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum

from clientinbox.desk.views import AgreedLine, CallEntry
from clientinbox.tui.plain import one_line

_MINUTES = re.compile(r"(\d{1,3})\s*(?:m|min|mins|minutes?)?\.?", re.IGNORECASE)
_BAD_MINUTES = "Minutes are a number such as 12; leave it empty if you do not know."


class Ask(Enum):
    REACHED = "reached"
    MINUTES = "minutes"
    AGREED = "agreed"
    PROMISE = "promise"
    MOOD = "mood"
    NOTE = "note"


TYPED = frozenset({Ask.MINUTES, Ask.AGREED, Ask.NOTE})
"""Questions whose answer is text; the others take one key."""


@dataclass
class CallForm:
    ask: Ask = Ask.REACHED
    reached: bool | None = None
    minutes: int | None = None
    agreed: tuple[AgreedLine, ...] = ()
    offered: AgreedLine | None = None
    """The line just typed, as the desk reads it, until somebody says whether it is a promise."""
    mood: int | None = None
    note: str = ""

    def take_reached(self, *, reached: bool) -> None:
        self.reached = reached
        self.ask = Ask.MINUTES if reached else Ask.NOTE

    def take_minutes(self, text: str) -> str:
        """What is wrong with it; empty where nothing is."""
        found = _MINUTES.fullmatch(text.strip())
        if text.strip() and found is None:
            return _BAD_MINUTES
        self.minutes = int(found[1]) if found is not None else None
        self.ask = Ask.AGREED
        return ""

    def end_lines(self) -> None:
        self.ask = Ask.MOOD

    def offer(self, line: AgreedLine) -> None:
        self.offered = line
        self.ask = Ask.PROMISE

    def decide_promise(self, *, promise: bool) -> None:
        if self.offered is not None:
            self.agreed = (*self.agreed, replace(self.offered, promise=promise))
        self.offered = None
        self.ask = Ask.AGREED

    def take_mood(self, level: int | None) -> None:
        self.mood = level
        self.ask = Ask.NOTE

    def back(self) -> str:
        """To the question before; returns what stands in its line."""
        match self.ask:
            case Ask.MINUTES:
                self.ask = Ask.REACHED
            case Ask.AGREED if self.agreed:
                last, self.agreed = self.agreed[-1], self.agreed[:-1]
                return last.text
            case Ask.AGREED:
                self.ask = Ask.MINUTES
                return "" if self.minutes is None else str(self.minutes)
            case Ask.PROMISE:
                text = self.offered.text if self.offered is not None else ""
                self.offered, self.ask = None, Ask.AGREED
                return text
            case Ask.MOOD:
                self.ask = Ask.AGREED
            case Ask.NOTE:
                self.ask = Ask.MOOD if self.reached else Ask.REACHED
            case Ask.REACHED:
                pass
        return ""

    def has_words(self, typing: str) -> bool:
        """Something would be lost; `typing` stands in the line now."""
        return bool(typing.strip() or self.agreed or self.offered or self.note or self.minutes is not None)

    def entry(self) -> CallEntry:
        """What the desk is to keep; of a call that reached nobody, only the note."""
        reached = bool(self.reached)
        return CallEntry(
            reached=reached,
            minutes=self.minutes if reached else None,
            agreed=self.agreed if reached else (),
            mood_after=self.mood if reached else None,
            note=one_line(self.note),
        )
