"""A classifier of word lists: it answers where the trained model cannot be loaded, and says so by its version.

Coarse on purpose: three sets of phrases and the cues, every verdict given as unsure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clientinbox.triage.classifier import OwnWords
from clientinbox.triage.cue_table import CUES
from clientinbox.triage.cues import find_cues
from clientinbox.triage.hits import CueHit
from clientinbox.triage.labels import TENSION_EVIDENCE, Classification, Evidence, Label, Tension

VERSION = "cues-1"
FOUND, NOT_FOUND = 0.60, 0.20
"""Probabilities said for a phrase that is there and for none: word lists are never sure."""
MAX_EVIDENCE = 200

_LEVELS = ((2.0, Tension.LIVID), (0.9, Tension.TENSE), (0.35, Tension.CONCERNED))
"""Sum of cue weights from which a level is said."""
_GRIEVANCE = frozenset({"contempt", "blame", "trust_gone", "withholding", "sarcasm", "over_our_heads", "legal"})

_PHRASES: dict[Label, re.Pattern[str]] = {
    Label.PROGRESS: re.compile(
        r"\b(?:any (?:news|update|progress|word)|status|when (?:will|can|do) (?:it|we|you|the)|is (?:it|"
        r"the \w+) (?:ready|live|done)|"
        r"sign(?:ed)?[ -]?off|approv(?:ed|al|e)|tested|passed|delivered|installed|milestone|uat|on track|go[ -]ahead|"
        r"how (?:is|are) (?:it|the \w+|things) (?:going|getting on|coming along))\b",
        re.IGNORECASE,
    ),
    Label.COMPLAINT: re.compile(
        r"\b(?:not acceptable|unacceptable|disappoint(?:ed|ing)|dissatisfied|not (?:good enough|"
        r"what we (?:agreed|signed off|expected))|"
        r"complain(?:t)?|let (?:us )?down|poor(?:ly)?|still (?:broken|wrong|not)|fed up|frustrat(?:ed|ing)|"
        r"annoy(?:ed|ing)|sloppy|"
        r"should (?:never )?have been)\b",
        re.IGNORECASE,
    ),
    Label.SCOPE_CHANGE: re.compile(
        r"\b(?:could (?:we|you) (?:also|just)|can (?:we|you) (?:also|add)|while you(?:['’]re| are) (?:at it|"
        r"in there)|"
        r"instead of|would (?:also )?like to (?:add|have)|add(?:ing)? (?:a|an|another)|change (?:of (?:plan|"
        r"mind)|request)|drop the|"
        r"chang(?:ed|ing) (?:our|my) minds?|(?:bring|move|push)(?:ing)? (?:the )?(?:\w+ ){0,2}(?:forward|back|"
        r"to the \d)|extra (?:page|language|field))\b",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class CueClassifier:
    """Fits `triage.classifier.Classifier` without any model."""

    version: str = VERSION

    def classify(self, messages: Sequence[OwnWords]) -> list[Classification]:
        """One classification a message, in order, every label in it unsure."""
        return [_classify(message) for message in messages]


def _classify(message: OwnWords) -> Classification:
    hits = find_cues(message.subject, message.text)
    evidence = [
        Evidence(label, match.group()[:MAX_EVIDENCE], match.start(), min(match.end(), match.start() + MAX_EVIDENCE))
        for label, phrases in _PHRASES.items()
        if (match := phrases.search(message.text))
    ]
    labels = {Label(span.label) for span in evidence}
    grievance = _heaviest(hits, _GRIEVANCE)
    if grievance and Label.COMPLAINT not in labels:
        labels.add(Label.COMPLAINT)
        evidence.append(_evidence(Label.COMPLAINT, grievance))
    level = _level(hits)
    heat = _heaviest(hits, frozenset(cue.code for cue in CUES if cue.weight > 0))
    if heat and level > Tension.CALM:
        evidence.append(_evidence(TENSION_EVIDENCE, heat))
    return Classification(
        labels=frozenset(labels),
        probabilities={label: FOUND if label in labels else NOT_FOUND for label in Label},
        tension=level,
        tension_probabilities=_spread(level),
        evidence=tuple(evidence),
        unsure=frozenset(labels),
    )


def _level(hits: Sequence[CueHit]) -> Tension:
    """By the heaviest hit of each cue: saying a thing twice does not double it."""
    by_code: dict[str, float] = {}
    for hit in hits:
        by_code[hit.code] = max(by_code.get(hit.code, hit.weight), hit.weight)
    heat = sum(by_code.values())
    if any(hit.serious for hit in hits):
        return Tension.LIVID
    return next((level for least, level in _LEVELS if heat >= least), Tension.CALM)


def _spread(level: Tension) -> tuple[float, float, float, float]:
    p0, p1, p2, p3 = (0.55 if step == level else 0.15 for step in Tension)
    return p0, p1, p2, p3


def _heaviest(hits: Sequence[CueHit], codes: frozenset[str]) -> CueHit | None:
    own = [hit for hit in hits if hit.code in codes and not hit.in_subject]
    return max(own, key=lambda hit: hit.weight, default=None)


def _evidence(label: str, hit: CueHit) -> Evidence:
    text = hit.text[:MAX_EVIDENCE]
    return Evidence(label, text, hit.start, hit.start + len(text))
