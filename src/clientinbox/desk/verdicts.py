"""From what a model says to a verdict: the cues heard beside it, its evidence placed in the body that people read.

The inbox and `classify` both go through here, so that they never differ.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from clientinbox.mail.zones import OwnText
from clientinbox.triage.hits import CueHit
from clientinbox.triage.labels import TENSION_EVIDENCE, Classification, Evidence
from clientinbox.triage.tension import settle

_LONGEST = 200
"""Characters of an evidence span, by contract; the model keeps to it, a cue might not."""


def settled(said: Classification, hits: Sequence[CueHit]) -> Classification:
    """What the model said, with the tension that triage settles on and words that carry it."""
    if said.foreign:
        return said
    level = settle(said, hits)
    if level == said.tension:
        return said
    evidence = said.evidence
    raised_by = [hit for hit in hits if not hit.in_subject]
    if raised_by:
        heaviest = max(raised_by, key=_weight)
        others = tuple(each for each in evidence if each.label != TENSION_EVIDENCE)
        evidence = (*others, Evidence(TENSION_EVIDENCE, heaviest.text, heaviest.start, heaviest.end))
    return replace(said, tension=level, evidence=evidence)


def _weight(hit: CueHit) -> tuple[bool, float]:
    return hit.serious, hit.weight


def in_body(said: Classification, own: OwnText) -> Classification:
    """The same verdict, its evidence counting in the body that the own words were taken from."""
    return replace(said, evidence=tuple(_moved(each, own) for each in said.evidence))


def _moved(each: Evidence, own: OwnText) -> Evidence:
    """A span that runs over an inline quote is cut to its longer piece: the quote is not the sender's."""
    edges = (each.start, *(seam for seam in own.own_starts if each.start < seam < each.end), each.end)
    start, end = max(pairwise(edges), key=_length)
    text = own.text[start : min(end, start + _LONGEST)].strip()
    start = own.text.index(text, start)
    first, last = own.in_body(start, start + len(text))
    return Evidence(each.label, text, first, last)


def _length(edges: tuple[int, int]) -> int:
    return edges[1] - edges[0]
