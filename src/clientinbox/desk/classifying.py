"""What `classify` does: JSON Lines in, what each message is for and how tense its sender is out, in the same order.

It needs no account and no store. A body is zoned first, as in the inbox, so that only the sender's own words are
judged, and cues may raise the model's tension, as in the inbox. Offsets count in the body as it was given: hostile
characters are replaced one for one, and a CR is never dropped.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clientinbox.desk.places import own_models
from clientinbox.desk.verdicts import in_body, settled
from clientinbox.edge.mime.sanitise import sanitise, sanitise_line
from clientinbox.edge.settings.paths import find_paths
from clientinbox.mail.zones import own_words, zones_of
from clientinbox.triage.classifier import Classifier, OwnWords
from clientinbox.triage.cues import find_cues
from clientinbox.triage.labels import Classification, Label

_BATCH = 32
"""Messages answered together; what is waiting is answered before more is read."""
_DIGITS = 4
"""Of a probability: more would be noise."""

Answer = dict[str, Any]


class BadLine(ValueError):
    """A line that cannot be answered, said in one sentence."""

    def __init__(self, why: str, message_id: str | int | None = None) -> None:
        super().__init__(why)
        self.message_id = message_id


@dataclass(frozen=True, slots=True)
class Asked:
    """One message to judge."""

    id: str | int
    subject: str
    body: str


def load_model() -> Classifier:
    """The model in use, with what the user's corrections taught. Raise `ModelMissing` when there is none."""
    # spaCy takes 0.5 s, and other commands of this room must not pay for it.
    from clientinbox.edge.nlp.reader import load_classifier

    return load_classifier(own=own_models(find_paths(None, os.environ).data_dir))


def answers(batches: Iterable[Sequence[bytes]], classifier: Classifier) -> Iterator[list[Answer]]:
    """Answer the lines of each batch, in order, before the next batch is taken. Blank lines are passed over."""
    number = 0
    for lines in batches:
        for start in range(0, len(lines), _BATCH):
            part = lines[start : start + _BATCH]
            if answered := _answered(part, number + start, classifier):
                yield answered
        number += len(lines)


def _answered(lines: Sequence[bytes], before: int, classifier: Classifier) -> list[Answer]:
    read = [_asked_or_bad(line, before + at) for at, line in enumerate(lines, start=1) if line.strip()]
    asked = [each for each in read if isinstance(each, Asked)]
    verdicts = iter(judge(asked, classifier))
    return [
        _answer(each.id, next(verdicts)) if isinstance(each, Asked) else {"id": each.message_id, "error": str(each)}
        for each in read
    ]


def judge(asked: Sequence[Asked], classifier: Classifier) -> list[Classification]:
    """One verdict a message; evidence counts in its body."""
    own = [own_words(body, zones_of(body)) for body in (same_length(each.body) for each in asked)]
    words = [OwnWords(sanitise_line(each.subject), text.text) for each, text in zip(asked, own, strict=True)]
    return [
        in_body(settled(said, find_cues(of.subject, of.text)), text)
        for said, of, text in zip(classifier.classify(words), words, own, strict=True)
    ]


def same_length(body: str) -> str:
    """The body without hostile characters, every offset unmoved: the CR of a CRLF becomes a space."""
    return sanitise(body.replace("\r\n", " \n"))


def _asked_or_bad(line: bytes, number: int) -> Asked | BadLine:
    try:
        return _asked(line, number)
    except BadLine as bad:
        return bad


def _asked(line: bytes, number: int) -> Asked:
    fields = _object(line, number)
    message_id = fields.get("id")
    if message_id is None:
        raise BadLine(f'Line {number} has no "id".')
    if isinstance(message_id, bool) or not isinstance(message_id, str | int):
        raise BadLine(f'The "id" of line {number} is neither a string nor a whole number.')
    if "body" not in fields:
        raise BadLine(f'Line {number} has no "body".', message_id)
    subject = fields.get("subject")
    for name, value in (("body", fields["body"]), ("subject", "" if subject is None else subject)):
        if not isinstance(value, str):
            raise BadLine(f'The "{name}" of line {number} is not a string.', message_id)
    return Asked(message_id, subject or "", fields["body"])


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line.removeprefix(b"\xef\xbb\xbf").decode())
    except UnicodeDecodeError as exc:
        raise BadLine(f"Line {number} is not valid UTF-8.") from exc
    except (ValueError, RecursionError) as exc:
        raise BadLine(f"Line {number} is not valid JSON.") from exc
    if not isinstance(value, dict):
        raise BadLine(f"Line {number} is not a JSON object.")
    return value


def _answer(message_id: str | int, said: Classification) -> Answer:
    return {
        "id": message_id,
        "labels": [label.value for label in Label if label in said.labels],
        "probabilities": {label.value: round(said.probabilities[label], _DIGITS) for label in Label},
        "unsure": [label.value for label in Label if label in said.unsure],
        "tension": {
            "level": int(said.tension),
            "probabilities": [round(p, _DIGITS) for p in said.tension_probabilities],
        },
        "evidence": [
            {"label": each.label, "text": each.text, "start": each.start, "end": each.end} for each in said.evidence
        ],
    } | ({"note": "not English"} if said.foreign else {})
