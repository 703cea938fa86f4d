"""Which open cues a sender's own words hold, and where: the exact words, never a bare score.

Cues stand beside the model, never inside it. Inside a negation or a conditional a cue counts half; outside the sender's
own words it is never looked for.
"""

import re
from collections.abc import Iterator

from clientinbox.triage.cue_table import CUES, Cue
from clientinbox.triage.hits import CueHit

HALF = 0.5
MOST_TEXT = 20_000
"""Characters that are searched: no person writes more by hand, and a hostile mail must not cost seconds."""


_SENTENCE_END = re.compile(r"[.!?;]+[\s\"”’)]+|\n+")
_CONDITION = re.compile(r"\b(?:if|unless|should you|in case|were (?:we|you|i) to|otherwise|whenever)\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"(?:\b(?:not|no|never|without|nobody|nor|neither|none|don't|doesn't|didn't|won't|isn't|aren't|wasn't)\b|n't)(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
_REPLY_SUBJECT = re.compile(r"\s*(?:re|aw|sv|antw|fwd?|wg|tr)\s*:", re.IGNORECASE)
_HALVED = frozenset(
    {"leaving", "withholding", "legal", "over_our_heads", "trust_gone", "contempt", "call_me", "serious_failure"}
)
"""Cues that a negation or a condition can take back; for the rest the condition is part of the cue."""


def find_cues(subject: str, text: str) -> tuple[CueHit, ...]:
    """All cues of one message's own words, in order of appearance, no two of one cue overlapping.

    The subject counts where the sender wrote it (not behind Re: or Fw:); its hits come first.
    """
    hits = []
    if subject and not _REPLY_SUBJECT.match(subject):
        hits.extend(_hits(subject[:MOST_TEXT], in_subject=True))
    hits.extend(_hits(text[:MOST_TEXT], in_subject=False))
    return tuple(hits)


def _hits(text: str, *, in_subject: bool) -> list[CueHit]:
    found = []
    for cue in CUES:
        for start, end in _spans(cue, text):
            halved = cue.code in _HALVED and _taken_back(text, start)
            weight = cue.weight * HALF if halved else cue.weight
            serious = cue.serious and not halved
            found.append(CueHit(cue.code, text[start:end], start, end, weight, serious, halved, in_subject))
    return sorted(found, key=lambda hit: (hit.start, hit.end, hit.code))


def _spans(cue: Cue, text: str) -> Iterator[tuple[int, int]]:
    spans = sorted(match.span() for pattern in cue.patterns for match in pattern.finditer(text))
    reached = -1
    for start, end in spans:
        if start >= reached and end > start:
            reached = end
            yield start, end


def _taken_back(text: str, start: int) -> bool:
    """Whether the sentence around a span negates it or makes it depend on something."""
    before = text[max(0, start - 240) : start]
    cut = max((boundary.end() for boundary in _SENTENCE_END.finditer(before)), default=0)
    before = before[cut:]
    return bool(_CONDITION.search(before) or _NEGATION.search(before))
