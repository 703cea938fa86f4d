"""Which clause of a text carries a label or the tension: an exact substring, short enough to read at a glance.

A text is cut at the ends of its sentences and paragraphs; a long sentence is cut again at its own joints, and what is
still too long at a space. A clause never runs over a hard line end (a blank line, a list item, a short line), but it
does run over the soft one of a wrapped line.

The clause that carries a target is the one whose word pieces the encoder marks most, with its neighbours on the line
that it marks nearly as much: annotators mark a thought, and a thought may be two short sentences. Where the linear
model answers alone it is the clause without which the message would show the target least.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from clientinbox.edge.nlp.feature_text import feature_text
from clientinbox.edge.nlp.linear import Floats
from clientinbox.edge.nlp.storage import Trained
from clientinbox.edge.nlp.vectoriser import TextCounts

LONGEST = 200
"""Characters of a span, at most: the contract of `clientinbox classify`."""
_COMFORTABLE = 140
"""A sentence up to here is shown whole."""
_SHORTEST = 12
"""A piece below this (`However,`) stays with its neighbour."""
_MOST_CLAUSES = 80
"""A message has 6; of one with hundreds (a pasted log) the first are looked at, so that none takes long."""

# Each begins at one character, never at a run of blanks, so that a mail full of spaces costs no more than another.
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])[\"'”’)\]]*\s+"  # the end of a sentence, and a quotation mark or bracket after it
    r"|\n[ \t]*\n"  # a blank line
    r"|(?<=[ \t\r\uFFFD])\n"  # a line end that was a CRLF, so that no span holds one
    r"|\n(?=[ \t]*(?:[-*•–]|\d+[.)])[ \t])"  # before a list item
)
_JOINT = re.compile(r"(?<=[,;:])\s|\s[–—-]\s|\s(?=(?:and|but|so|because|which|while|although|or)\s)", re.IGNORECASE)
_SAYS_SOMETHING = re.compile(r"\w")
_WRAPPED_FROM = 50
"""A line shorter than this was ended by its writer (a greeting, a list), a longer one by the margin."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Characters start…end-1 of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What the weights say of one message, for each target."""

    trained: Trained
    counts: TextCounts
    """Of the whole message."""
    clause_counts: tuple[TextCounts, ...]
    whole: Floats
    alone: Floats
    """A row for each clause, read by itself."""
    telling: tuple[bool, ...]
    """Whether a clause may be shown as evidence."""

    def carriers(self) -> tuple[int, ...]:
        """For each target the place of the clause that carries it."""
        if len(self.clause_counts) == 1:
            return (0,) * len(self.whole)
        left_out = [
            self.trained.model.sums(self.trained.vectoriser.features(self.counts.without(clause)))
            for clause in self.clause_counts
        ]
        shown = np.stack(left_out)
        if any(self.telling):
            shown[[not telling for telling in self.telling]] = np.inf
        return tuple(int(at) for at in shown.argmin(axis=0))


def carrier(scores: Floats, pieces: Sequence[Clause], joined: Sequence[bool], reach: float) -> Clause:
    """The clause that scores highest, with neighbours on its line that score at most `reach` less and still fit.

    `joined`: whether a clause stands on one line with the clause before it. One that may not be shown scores `-inf`.
    """
    first = last = int(scores.argmax())
    while True:
        beside = [
            (scores[at], at)
            for at, on_line in ((first - 1, joined[first]), (last + 1, last + 1 < len(pieces) and joined[last + 1]))
            if on_line
            and pieces[max(last, at)].end - pieces[min(first, at)].start <= LONGEST
            and scores[at] >= scores[first : last + 1].max() - reach
        ]
        if not beside:
            return Clause(pieces[first].start, pieces[last].end)
        at = max(beside)[1]
        first, last = min(first, at), max(last, at)


def on_one_line(text: str, pieces: Sequence[Clause]) -> tuple[bool, ...]:
    return (False, *("\n" not in text[before.end : after.start] for before, after in pairwise(pieces)))


def summed(trained: Trained, subject: str, own_words: str, pieces: Sequence[Clause]) -> Sums:
    vectoriser, model = trained.vectoriser, trained.model
    counts = vectoriser.counts(feature_text(subject, own_words))
    clause_counts = tuple(vectoriser.counts(own_words[piece.start : piece.end]) for piece in pieces)
    return Sums(
        trained=trained,
        counts=counts,
        clause_counts=clause_counts,
        whole=model.sums(vectoriser.features(counts)),
        telling=tuple(_telling(own_words[piece.start : piece.end]) for piece in pieces),
        alone=np.stack([model.sums(vectoriser.features(clause)) for clause in clause_counts]),
    )


def _telling(clause: str) -> bool:
    """A lone word is a name or a greeting ("Thanks,") unless its writer ended it as a sentence ("Unacceptable.")."""
    return len(clause.split()) > 1 or clause.endswith((".", "!", "?"))


def clauses(text: str) -> tuple[Clause, ...]:
    found: list[Clause] = []
    for sentence in _sentences(text):
        for clause in _shortened(text, sentence):
            found.append(clause)
            if len(found) == _MOST_CLAUSES:
                return tuple(found)
    return tuple(found)


def _sentences(text: str) -> Iterator[Clause]:
    """Sentences and lines, stripped, those without a letter or digit left out."""
    start = 0
    for end in _sentence_ends(text):
        yield from _stripped(text, start, end)
        start = end


def _sentence_ends(text: str) -> Iterator[int]:
    hard = {match.end() for match in _SENTENCE_END.finditer(text)}
    for match in re.finditer("\n", text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        if match.start() - line_start < _WRAPPED_FROM:
            hard.add(match.end())
    yield from sorted(hard | {len(text)})


def _stripped(text: str, start: int, end: int) -> Iterator[Clause]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if _SAYS_SOMETHING.search(text, start, end):
        yield Clause(start, end)


def _shortened(text: str, sentence: Clause) -> Iterator[Clause]:
    """The sentence itself, or its clauses when it is too long to be read at a glance."""
    if sentence.end - sentence.start <= _COMFORTABLE:
        yield sentence
        return
    start = sentence.start
    for joint in _JOINT.finditer(text, sentence.start, sentence.end):
        if joint.start() - start >= _SHORTEST and sentence.end - joint.end() >= _SHORTEST:
            yield from _bounded(text, start, joint.start())
            start = joint.end()
    yield from _bounded(text, start, sentence.end)


def _bounded(text: str, start: int, end: int) -> Iterator[Clause]:
    while end - start > LONGEST:
        cut = text.rfind(" ", start + 1, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        yield from _stripped(text, start, cut)
        start = cut
    yield from _stripped(text, start, end)
