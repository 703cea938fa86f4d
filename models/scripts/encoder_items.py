"""What the encoder is taught with: whole messages, and evidence spans beside them, as word pieces and targets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientinbox.edge.nlp.evidence import clauses
from clientinbox.edge.nlp.wordpiece import NOWHERE, Pieces, WordPiece
from clientinbox.triage.labels import TENSION_EVIDENCE
from corpus import LABEL_NAMES, Mail

UNKNOWN = -1.0
"""A target that an item says nothing about."""
CARRIED = (*LABEL_NAMES, TENSION_EVIDENCE)
"""What a word piece can carry, in the order of the network's fourth head."""


@dataclass(frozen=True, slots=True)
class Item:
    ids: list[int]
    labels: tuple[float, ...]
    tension: int
    weight: float
    tension_weight: float
    carried: NDArray[np.float32]
    """A row a piece, a column each of CARRIED."""


def items(mails: list[Mail], reader: WordPiece, training: dict) -> list[Item]:
    """A span teaches its own labels; of its message's other labels it says nothing, and the ones the message
    lacks it lacks too. Which pieces carry what is taught by whole messages alone.
    """
    made: list[Item] = []
    for mail in mails:
        pieces = reader(mail.text).shortened(training["longest"])
        labels = tuple(float(name in mail.labels) for name in LABEL_NAMES)
        made.append(Item(pieces.ids, labels, mail.tension, 1.0, 1.0, _carried(mail, pieces)))
        made += _of_spans(mail, reader, training)
    return made


def calm_clauses(mails: list[Mail], reader: WordPiece, training: dict) -> list[Item]:
    """A clause of each calm message, as calm: where only spans stand alone, a lone sentence is heard as angry."""
    made = []
    for mail in mails:
        own = mail.own
        told = [own[piece.start : piece.end] for piece in clauses(own)]
        told = [text for text in told if len(text.split()) >= training["shortest_clause_words"]]
        if mail.tension or not told:
            continue
        # Any will do, and the same one each time.
        ids = reader(told[len(own) % len(told)]).ids[: training["longest"]]
        labels = tuple(UNKNOWN if name in mail.labels else 0.0 for name in LABEL_NAMES)
        nothing = np.full((len(ids), len(CARRIED)), UNKNOWN, np.float32)
        made.append(Item(ids, labels, 0, training["span_weight"], training["span_weight"], nothing))
    return made


def _of_spans(mail: Mail, reader: WordPiece, training: dict) -> list[Item]:
    named: dict[str, set[str]] = {}
    for span in mail.evidence:
        named.setdefault(span.text, set()).add(span.label)
    made: list[Item] = []
    for text, names in named.items():
        if len(text.split()) < training["shortest_span_words"]:
            continue
        pieces = reader(text).shortened(training["longest"])
        labels = tuple(1.0 if name in names else UNKNOWN if name in mail.labels else 0.0 for name in LABEL_NAMES)
        weight = training["span_weight"]
        nothing = np.full((len(pieces.ids), len(CARRIED)), UNKNOWN, np.float32)
        made.append(
            Item(pieces.ids, labels, mail.tension, weight, weight if TENSION_EVIDENCE in names else 0.0, nothing)
        )
    return made


def _carried(mail: Mail, pieces: Pieces) -> NDArray[np.float32]:
    starts = np.array(pieces.starts)
    carried = np.zeros((len(starts), len(CARRIED)), np.float32)
    text = mail.text
    for at, name in enumerate(CARRIED):
        golds = [(text.find(span.text), len(span.text)) for span in mail.evidence if span.label == name]
        found = [(start, start + length) for start, length in golds if start >= 0]
        has_it = mail.tension > 0 if name == TENSION_EVIDENCE else name in mail.labels
        if has_it and not found:
            carried[:, at] = UNKNOWN
        for start, end in found:
            carried[(starts >= start) & (starts < end), at] = 1.0
    carried[starts == NOWHERE] = UNKNOWN
    return carried
