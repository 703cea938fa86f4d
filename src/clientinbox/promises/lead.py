"""The small words before a day or an hour ("by", "no later than", "since"), which say how it is meant."""

import re
from dataclasses import dataclass

_REACH = 40
_LEAD = re.compile(
    r"(?<!\w)(?P<lead>no later than|not later than|at the latest by|at the latest|latest by|latest on|latest at|latest"
    r"|before|until|till|by|within|in the course of|in the|during|around|about|from|between|at|on|over|for|to|come|in"
    r"|of|since|was|were|last|past|previous|every|each|most|all|that|an|a|@)[ \t\n]+(?:(?:the|your|my|our)[ \t\n]+)?$"
    r"|(?<!\w)(?P<bare>the)[ \t\n]+$",
    re.IGNORECASE,
)
_BACKWARDS = frozenset(
    {"since", "was", "were", "last", "past", "previous", "every", "each", "most", "all", "that", "a", "an"}
)
_DEADLINES = frozenset({"by", "before", "until", "till", "within"})


@dataclass(frozen=True, slots=True)
class Lead:
    words: str
    """Lower case, without "the"; "" where there is none."""
    start: int
    """Where it begins; where the day or hour itself begins if there is none."""

    @property
    def backwards(self) -> bool:
        """It makes the day one that has passed, or one of many ("last Friday", "every Friday")."""
        return self.words in _BACKWARDS

    @property
    def deadline(self) -> bool:
        return self.words in _DEADLINES or "late" in self.words


def lead_before(text: str, start: int) -> Lead:
    """The small word that stands directly before an offset."""
    begin = max(0, start - _REACH)
    found = _LEAD.search(text[begin:start])
    if found is None:
        return Lead("", start)
    words = " ".join((found["lead"] or found["bare"]).casefold().split())
    return Lead(words, begin + found.start())
