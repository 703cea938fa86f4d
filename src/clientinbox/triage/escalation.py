"""Whether a thread should leave the keyboard: rule 5, decided with reasons and never with a bare number.

What counts is the last mail a client wrote by hand. An escalation stands, whatever we answer in writing, until that
client writes calmly again or somebody has spoken with them; a colleague of theirs who writes calmly before anybody
answered settles nothing. An anxious question that needs only a fact is tension 1 without a cue, and stays mail.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clientinbox.mail.message import Direction
from clientinbox.triage.hits import CueHit
from clientinbox.triage.labels import Label, Tension
from clientinbox.triage.misunderstanding import misunderstanding
from clientinbox.triage.tension import steps
from clientinbox.worktime.hours import WorkCalendar

UNANSWERED_HOURS = 4.0
"""Business hours a tense mail may wait."""
VOLLEYS, VOLLEY_SPAN = 4, timedelta(hours=48)
"""So many mails within so long, one of them tense, is a spiral."""
INCIDENT_ANSWERED_HOURS = 0.5
"""A serious failure answered within so long, in a mail short of livid, is being dealt with."""
MAX_EVIDENCE = 200

CUE_REASONS: dict[str, tuple[str, float, Tension]] = {
    "withholding": ("holds payment back", 0.85, Tension.CALM),
    "legal": ("brings in the law", 0.85, Tension.CALM),
    "leaving": ("says they are leaving", 0.85, Tension.CALM),
    "serious_failure": ("something serious is failing now", 0.70, Tension.CONCERNED),
    "call_me": ("asks to be rung", 0.70, Tension.CONCERNED),
}
"""Reason, weight, and the least tension at which the words count: "ring me about Tuesday" said calmly is small talk."""


class Step(StrEnum):
    """What to do next."""

    CALL = "call"
    REPLY = "reply"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Turn:
    """One mail of a thread, as far as this decision needs it."""

    message_id: str
    direction: Direction
    at: datetime
    """Aware."""
    sender_email: str
    tension: Tension | None = None
    """None on our own and on automatic mail."""
    labels: frozenset[Label] = frozenset()
    cues: tuple[CueHit, ...] = ()
    """Of `find_cues(subject, own_text)`."""
    own_text: str = ""
    """The new text alone: no quote, no signature, no disclaimer."""
    cc: tuple[str, ...] = ()
    """Addresses, lower case."""
    automatic: bool = False
    to_client: bool = True
    """Of our mail: whether a client is among its recipients; a note to a colleague answers nobody."""
    tension_words: str = ""
    """The classifier's evidence for the tension."""
    tense_probability: float | None = None
    """The classifier's probability of tension 2 or more: refines the score, never the decision."""

    @property
    def by_client(self) -> bool:
        """Written by hand, outside."""
        return self.direction is Direction.IN and not self.automatic

    @property
    def answers_client(self) -> bool:
        return self.direction is Direction.OUT and self.to_client and not self.automatic


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in plain words, with the mail and the words that caused it."""

    code: str
    text: str
    message_id: str
    evidence: str
    """Exact words of that mail; "" where the reason is in the thread and not in words."""
    weight: float


@dataclass(frozen=True, slots=True)
class Verdict:
    escalate: bool
    reasons: tuple[Reason, ...]
    """Weightiest first; empty where nothing speaks for a call."""
    score: float
    """0…1; from 0.5 where `escalate` is true."""
    next_step: Step
    message_id: str | None = None
    """The mail that was judged; None on a thread no client wrote to by hand."""
    settled_by_call: datetime | None = None
    """The call that ended what would otherwise be an escalation."""


def decide(
    turns: Sequence[Turn],
    now: datetime,
    calendar: WorkCalendar,
    *,
    calls: Sequence[datetime] = (),
    seniors: frozenset[str] = frozenset(),
) -> Verdict:
    """Judge a thread, oldest mail first, as it stands at `now`.

    Args:
        turns: all mails of the thread that existed at `now`.
        now: aware; waiting times run up to it.
        calendar: our business hours.
        calls: when this client was reached by telephone about this thread.
        seniors: addresses of the client's deciders and approvers, for "copied in".
    """
    inbound = [at for at, turn in enumerate(turns) if turn.by_client and turn.tension is not None]
    if not inbound:
        return Verdict(escalate=False, reasons=(), score=0.0, next_step=Step.NONE)
    at = inbound[-1]
    reasons = _reasons(turns, at, now, calendar, seniors)
    if not reasons:
        for earlier in reversed(inbound[:-1]):
            if any(turn.answers_client for turn in turns[earlier:]):
                break
            if turns[earlier].sender_email != turns[at].sender_email:
                reasons = _reasons(turns, earlier, now, calendar, seniors)
                if reasons:
                    at = earlier
                    break
    judged = turns[at]
    reached = max((call for call in calls if judged.at < call <= now), default=None)
    if reasons and reached is None:
        missed = 1.0
        for reason in reasons:
            missed *= 1 - reason.weight
        score = round(0.5 + (1 - missed) / 2, 4)
        return Verdict(escalate=True, reasons=reasons, score=score, next_step=Step.CALL, message_id=judged.message_id)
    waits = not any(turn.answers_client for turn in turns[inbound[-1] :])
    return Verdict(
        escalate=False,
        reasons=(),
        score=_calm_score(judged) if reached is None else 0.0,
        next_step=Step.REPLY if waits else Step.NONE,
        message_id=judged.message_id,
        settled_by_call=reached if reasons else None,
    )


def _reasons(
    turns: Sequence[Turn], at: int, now: datetime, calendar: WorkCalendar, seniors: frozenset[str]
) -> tuple[Reason, ...]:
    """What speaks for a call about one mail of a client, weightiest first; nothing where only side remarks do."""
    turn = turns[at]
    level = turn.tension or Tension.CALM
    found = []
    if level == Tension.LIVID:
        found.append(_reason("livid", "livid (3)", turn, turn.tension_words or _heaviest(turn), 0.9))
    found.extend(_cue_reasons(turns, at, now, calendar))
    if level >= Tension.TENSE:
        found.extend(_course_reasons(turns, at, now, calendar))
    if level >= Tension.CONCERNED:
        found.extend(_misunderstanding_reasons(turns, at))
    if not found:
        return ()
    copied = [person for person in turn.cc if person in seniors and not _seen_before(person, turns[:at])]
    if copied:
        found.append(_reason("copied_in", f"newly copied in: {', '.join(copied)}", turn, "", 0.3))
    return tuple(sorted(found, key=lambda reason: -reason.weight))


def _cue_reasons(turns: Sequence[Turn], at: int, now: datetime, calendar: WorkCalendar) -> list[Reason]:
    turn = turns[at]
    level = turn.tension or Tension.CALM
    found: dict[str, Reason] = {}
    for hit in turn.cues:
        known = CUE_REASONS.get(hit.code)
        if known is None or hit.code in found or hit.halved:
            continue
        text, weight, least = known
        if level < least:
            continue
        if hit.code == "serious_failure" and level < Tension.LIVID:
            answered = next((later.at for later in turns[at + 1 :] if later.answers_client), None)
            if answered and calendar.hours_between(turn.at, min(answered, now)) <= INCIDENT_ANSWERED_HOURS:
                continue
        found[hit.code] = _reason(hit.code, text, turn, _words(turn, hit), weight)
    return list(found.values())


def _course_reasons(turns: Sequence[Turn], at: int, now: datetime, calendar: WorkCalendar) -> list[Reason]:
    """How a tense mail stands in the course of its thread."""
    turn, before = turns[at], turns[:at]
    level = int(turn.tension or 0)
    levels = [int(earlier.tension) for earlier in before if earlier.by_client and earlier.tension is not None]
    found = []
    if levels and level > levels[-1]:
        found.append(_reason("rising", f"rose {steps([*levels[-2:], level])}", turn, turn.tension_words, 0.6))
    if levels and levels[-1] >= Tension.TENSE:
        tense = 1
        while tense <= len(levels) and levels[-tense] >= Tension.TENSE:
            tense += 1
        found.append(_reason("repeated", f"tense {tense} mails running", turn, turn.tension_words, 0.6))
    since = unanswered_since(turns)
    if since is not None:
        hours = calendar.hours_between(since, now)
        if hours > UNANSWERED_HOURS:
            found.append(_reason("unanswered", f"unanswered for {hours:.1f} business hours", turn, "", 0.55))
    by_hand = [each for each in turns[: at + 1] if each.by_client or each.answers_client]
    volleys = sum(turn.at - each.at <= VOLLEY_SPAN for each in by_hand)
    if volleys >= VOLLEYS:
        found.append(_reason("volleys", f"{volleys} mails to and fro within 48 hours", turn, "", 0.5))
    return found


def _misunderstanding_reasons(turns: Sequence[Turn], at: int) -> list[Reason]:
    turn = turns[at]
    answers = [each for each, earlier in enumerate(turns[:at]) if earlier.answers_client]
    if not answers:
        return []
    asked = [
        each.own_text for each in turns[: answers[-1]] if each.by_client and each.sender_email == turn.sender_email
    ]
    found = misunderstanding(turn.own_text, turns[answers[-1]].own_text, asked)
    return [_reason("misunderstanding", found.text, turn, found.words, 0.55)] if found else []


def unanswered_since(turns: Sequence[Turn]) -> datetime | None:
    """When the oldest mail of a client came that no later mail of ours to a client answers."""
    since = None
    for turn in turns:
        if turn.answers_client:
            since = None
        elif turn.by_client and since is None:
            since = turn.at
    return since


def _calm_score(turn: Turn) -> float:
    """Below 0.5: how near a mail that stays mail is to the other side."""
    by_level = (0.02, 0.12, 0.40, 0.45)[turn.tension or Tension.CALM]
    if turn.tense_probability is None:
        return by_level
    return round((by_level + 0.45 * turn.tense_probability) / 2, 4)


def _seen_before(person: str, earlier: Sequence[Turn]) -> bool:
    return any(person == turn.sender_email or person in turn.cc for turn in earlier)


def _reason(code: str, text: str, turn: Turn, evidence: str, weight: float) -> Reason:
    return Reason(code, text, turn.message_id, evidence[:MAX_EVIDENCE], weight)


def _heaviest(turn: Turn) -> str:
    hit = max((hit for hit in turn.cues if hit.weight > 0), key=lambda hit: hit.weight, default=None)
    return _words(turn, hit) if hit else ""


_SENTENCE_END = re.compile(r"[.!?][\s\"”’)]+|\n+")


def _words(turn: Turn, hit: CueHit) -> str:
    """The sentence around a cue, which says more than the cue; the cue alone where it will not fit."""
    if hit.in_subject or turn.own_text[hit.start : hit.end] != hit.text:
        return hit.text
    ends = [(match.start() + 1, match.end()) for match in _SENTENCE_END.finditer(turn.own_text)]
    start = max((end for _, end in ends if end <= hit.start), default=0)
    stop = min((begin for begin, _ in ends if begin >= hit.end), default=len(turn.own_text))
    sentence = turn.own_text[start:stop].strip()
    return sentence if len(sentence) <= MAX_EVIDENCE else hit.text
