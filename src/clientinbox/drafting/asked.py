"""Questions a client put that no later mail of ours has answered.

Prefers to leave a question open: asking once more on the telephone costs little, passing over it costs trust.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clientinbox.drafting.callfacts import TurnFact
from clientinbox.drafting.frame_words import PUTS_OFF
from clientinbox.drafting.sentences import content_words, sentences
from clientinbox.promises.due import dues_in
from clientinbox.triage.questions import questions

_WHEN = re.compile(r"\b(?:when|by when|what (?:date|day|time)|how (?:long|soon))\b", re.IGNORECASE)
_QUOTED = re.compile(r"“[^”\n]{0,300}”|\"[^\"\n]{0,300}\"|^>.*$|\bhttps?://\S+", re.MULTILINE | re.IGNORECASE)
_ENOUGH = 0.5
"""Share of a question's content words that one sentence must have to answer it."""
_LONGEST = 240


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, in its exact words."""

    text: str
    message_id: str


def open_questions(turns: Sequence[TurnFact], timezone: str) -> tuple[Asked, ...]:
    """The open questions of a thread, those of the newest mail first; of one asked twice only the last."""
    found: list[Asked] = []
    about: list[frozenset[str]] = []
    for position in range(len(turns) - 1, -1, -1):
        turn = turns[position]
        if turn.by_us or turn.automatic:
            continue
        answers = [later for later in turns[position + 1 :] if later.by_us and later.to_client and not later.automatic]
        for start, end in questions(_without_quotes(turn.text)):
            text = turn.text[start:end]
            topic = content_words(text)
            if len(text) > _LONGEST or (topic and topic in about):
                continue
            if not any(_answers(text, topic, answer, timezone) for answer in answers):
                found.append(Asked(text, turn.message_id))
                about.append(topic)
    return tuple(found)


def _answers(question: str, topic: frozenset[str], answer: TurnFact, timezone: str) -> bool:
    if not topic:
        return True
    for sentence in sentences(answer.text):
        if sentence.asks or PUTS_OFF.search(sentence.text[:_LONGEST]):
            continue
        if _WHEN.search(question):
            if dues_in(sentence.text, answer.at, timezone):
                return True
        elif len(topic & content_words(sentence.text)) >= max(1, len(topic) * _ENOUGH):
            return True
    return False


def _without_quotes(text: str) -> str:
    """The text without what its sender only cites, at the same length, so that offsets hold."""
    return _QUOTED.sub(lambda match: " " * len(match.group()), text)
