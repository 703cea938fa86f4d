"""Whether two people write past each other: another mail would deepen it, a call would end it.

Conservative on purpose. A second chaser repeats its question too, and only wants an answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clientinbox.triage.questions import questions

SAME_QUESTION = 0.6
"""Share of content words (Jaccard) from which two questions are the same one."""
FEWEST_WORDS = 4

_CLIENT_RESTATES = re.compile(
    r"\b(?:not what (?:i|we) (?:asked|meant|said|wrote|requested)|what (?:i|we) (?:meant|asked) (?:for )?(?:was|is)|"
    r"(?:read|re-?read) what (?:i|we) (?:write|wrote|asked)|(?:you(?:['’]ve| have)?|have) misunderstood|"
    r"(?:talking|speaking) (?:at cross[- ]purposes|past each other|(?:of|about) (?:two )?different things)|"
    r"(?:that (?:is|was)(?:n['’]t| not)|does(?:n['’]t| not) answer|(?:have not|haven['’]t|not) answered) (?:my|"
    r"our|the) questions?|"
    r"answered (?:none|neither) of (?:them|my|our|the)|(?:i|we) asked (?:you )?(?:whether|if|"
    r"for)\b[^.!?\n]{0,60}, not)",
    re.IGNORECASE,
)
_WE_RESTATE = re.compile(
    r"\b(?:as (?:i|we)(?:['’]ve| have)? (?:said|wrote|explained|mentioned|agreed|confirmed)|as (?:per|agreed|"
    r"discussed)|"
    r"(?:i|we)(?:['’]ve| have) (?:already )?(?:confirmed|explained|said)|it(?:['’]s| is) (?:on|in) (?:page|"
    r"section|clause)|"
    r"not sure (?:i|we) follow|can['’]t really have been)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the and for you your are our can could would will when what where who why how this that there have has had "
        "any please with from but not yet was were been about just know let tell does did get got them they its",
    )
)


@dataclass(frozen=True, slots=True)
class Misunderstanding:
    text: str
    """In plain words."""
    words: str
    """Of the client's last mail, exactly."""


def misunderstanding(last: str, our_answer: str, asked_before: Sequence[str]) -> Misunderstanding | None:
    """Judge a client's mail by our answer before it and by their own mails before that."""
    restated = _CLIENT_RESTATES.search(last)
    if restated and (_WE_RESTATE.search(our_answer) or asked_before):
        return Misunderstanding("a misunderstanding: they say again what they meant", restated.group())
    known = [_content(text[start:end]) for text in asked_before for start, end in questions(text)]
    for start, end in questions(last):
        words = _content(last[start:end])
        if len(words) < FEWEST_WORDS:
            continue
        if any(len(words & other) / len(words | other) >= SAME_QUESTION for other in known):
            return Misunderstanding("asks the same question again after our answer", last[start:end])
    return None


def _content(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text)) - _EMPTY_WORDS
