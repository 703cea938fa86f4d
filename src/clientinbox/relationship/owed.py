"""Whether we owe a client an answer, and since when: the "I owe" queue and the start of the response clock.

Front's rule: the clock runs from the oldest inbound mail that nobody answered, and any later mail of ours to a client
stops it. A note to a colleague stops nothing; an automatic mail starts nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clientinbox.triage.escalation import Turn
from clientinbox.triage.labels import Label, Tension
from clientinbox.triage.questions import questions

MAX_WORDS = 200

_URL = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_QUOTED = re.compile(r"“[^”\n]{0,300}”|\"[^\"\n]{0,300}\"|^>.*$", re.MULTILINE)
_REQUEST = re.compile(
    r"\b(?:(?:could|can|would|will) (?:you|somebody|someone|one of you)|please(?! (?:find|see|note|don['’]t|"
    r"do not|ignore|"
    r"disregard|pass on|accept our thanks))|pls|kindly|let (?:me|us) (?:know|have)|(?:i|we)(?:['’]d|"
    r" would)? (?:need|like you|want you|expect)"
    r"|send (?:me|us|it|them|over|the)|get back to (?:me|us)|waiting (?:for|on) (?:you|your)|revert (?:asap|by|"
    r"with|on)|"
    r"ask(?:s|ed|ing)? (?:you )?(?:whether|if|when|how|what|for)|your (?:advice|confirmation|answer|reply|"
    r"thoughts|view)|remind(?:er|ing)? (?:you|of|that|on)?|(?:i|"
    r"we) (?:await|look forward to) your)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\W*(?:hi|hello|hey|dear|good (?:morning|afternoon)|morning|ok|okay|great|perfect|lovely|brilliant|super|noted|"
    r"received|got it|will do|thanks?|many thanks|cheers|ta|much appreciated|understood|agreed|all good|sounds good|"
    r"works for me|see you|no problem|no worries|you(?:['’]re| are) welcome|speak soon|have a (?:good|great|"
    r"nice|lovely)|"
    r"(?:kind|best|warm) (?:regards|wishes)|regards|best)\b",
    re.IGNORECASE,
)
_PIECES = re.compile(r"[.!\n,]+")
MOST_THANKS = 25
"""Words of a mail that only thanks; a longer one says something besides."""
_NAME_WORDS = 3


@dataclass(frozen=True, slots=True)
class Owed:
    """Whether a mail wants an answer, and what says so."""

    answer: bool
    code: str
    """label, tension, question, request; thanks, nothing_asked, automatic, ours where no answer is owed."""
    why: str
    words: str = ""
    """Exact words of the mail; "" where it is the label or the level that decides."""


def needs_answer(turn: Turn) -> Owed:
    """Judge one mail: does it ask something, or need somebody?"""
    if turn.automatic:
        return Owed(answer=False, code="automatic", why="nobody wrote it by hand")
    if not turn.by_client:
        return Owed(answer=False, code="ours", why="we wrote it")
    return _asks(turn) or _needs_somebody(turn) or Owed(answer=False, code="nothing_asked", why="asks nothing")


def _asks(turn: Turn) -> Owed | None:
    text = _readable(turn.own_text)
    question = next(questions(text), None)
    if question:
        words = turn.own_text[question[0] : question[1]]
        return Owed(answer=True, code="question", why="asks a question", words=words[:MAX_WORDS])
    request = _REQUEST.search(text)
    if request:
        return Owed(answer=True, code="request", why="asks for something", words=request.group())
    return None


def _needs_somebody(turn: Turn) -> Owed | None:
    if turn.tension is not None and turn.tension >= Tension.CONCERNED:
        return Owed(answer=True, code="tension", why=f"its sender is at tension {int(turn.tension)}")
    if _only_thanks(turn.own_text):
        return Owed(answer=False, code="thanks", why="thanks or acknowledges, and asks nothing")
    if turn.labels:
        named = ", ".join(label.replace("_", " ") for label in Label if label in turn.labels)
        return Owed(answer=True, code="label", why=f"is about {named}")
    return None


def waiting_since(turns: Sequence[Turn]) -> datetime | None:
    """When the oldest unanswered mail came that needs an answer, oldest turn first; None when we owe none."""
    waiting = first_waiting(turns)
    return waiting.at if waiting else None


def first_waiting(turns: Sequence[Turn]) -> Turn | None:
    """The oldest mail of a client that needs an answer and has none."""
    waiting = None
    for turn in turns:
        if turn.answers_client:
            waiting = None
        elif waiting is None and turn.by_client and needs_answer(turn).answer:
            waiting = turn
    return waiting


def they_owe_since(turns: Sequence[Turn]) -> datetime | None:
    """When we last asked a client something that no mail of theirs has followed: the "they owe" queue."""
    asked = None
    for turn in turns:
        if turn.by_client:
            asked = None
        elif turn.answers_client:
            text = _readable(turn.own_text)
            asks = next(questions(text), None) or _REQUEST.search(text)
            asked = (asked or turn.at) if asks else asked
    return asked


def _only_thanks(text: str) -> bool:
    """Whether each piece of a short text thanks or acknowledges; a name alone at its end is a signature."""
    if not text.strip() or len(text.split()) > MOST_THANKS:
        return False
    lines = text.strip().splitlines()
    if len(lines) > 1 and len(lines[-1].split()) <= _NAME_WORDS:
        lines.pop()
    pieces = [piece.strip() for piece in _PIECES.split("\n".join(lines)) if any(each.isalnum() for each in piece)]
    return all(_THANKS.match(piece) for piece in pieces)


def _readable(text: str) -> str:
    """The text without what its sender only cites, at the same length, so that offsets hold."""
    for foreign in (_URL, _QUOTED):
        text = foreign.sub(lambda match: " " * len(match.group()), text)
    return text
