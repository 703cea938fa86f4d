"""Learning from what a person set right: a light head on the encoder, adopted only where it is wrong less often.

A corrected message is trusted as it stands: what was set, and the labels beside it that were left. A fifth of them is
never trained on; on it the model in use and the new one are compared, decision by decision.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clientinbox.desk.effective import effective_labels
from clientinbox.edge.nlp.own_head import UNKNOWN, fitted
from clientinbox.edge.nlp.own_models import About as About  # noqa: PLC0414 - for who prints it
from clientinbox.edge.nlp.own_models import OwnModels, TrainingRuns
from clientinbox.edge.nlp.reader import SpacyClassifier, load_classifier
from clientinbox.edge.nlp.version import SHIPPED, own_number, shipped_version, with_own
from clientinbox.edge.store import Connection, queries
from clientinbox.edge.store.rows import StoredMessage
from clientinbox.errors import ClientInboxError, ExitCode
from clientinbox.mail.zones import own_words
from clientinbox.triage.classifier import OwnWords
from clientinbox.triage.labels import Label
from clientinbox.triage.language import is_english

FEWEST = 20
"""Corrected messages below which a fifth of them proves nothing."""
_FIFTH = 5
_CUTS = 3


class CannotLearn(ClientInboxError):
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Learned:
    """What a training came to."""

    about: About
    macro_f1_before: float
    macro_f1_after: float
    """Of the labels, on the held-out fifth."""
    number: int | None
    """Of the training that is in use from now on; None where the new model was refused."""


@dataclass(frozen=True, slots=True)
class InUse:
    shipped: str
    number: int
    version: str
    about: About | None
    """None for the model as it ships."""
    corrected: int
    """Messages that could be learned from now."""


def in_use(connection: Connection, folder: Path) -> InUse:
    """Raise `CannotLearn` where no model ships that could be told apart."""
    shipped = shipped_version()
    if shipped is None:
        raise CannotLearn("The model that reads mail is missing.", todo="Install clientinbox again.")
    number = own_number(folder)
    about = OwnModels(folder).about(number) if number != SHIPPED else None
    return InUse(shipped, number, with_own(shipped, number), about, len(_learnable(connection)))


def learn(connection: Connection, folder: Path, now: datetime) -> Learned:
    """Train, compare, adopt or refuse. Raise `CannotLearn` where there is too little to learn from."""
    models = OwnModels(folder)
    try:
        with models.training():
            return _learn(_learnable(connection), load_classifier(own=folder), models, now)
    except TrainingRuns as exc:
        raise CannotLearn("A training is running already.", todo="Wait for it to end.") from exc


def step_back(folder: Path) -> int:
    """Use the training before the one in use, or the model as it ships; returns which."""
    models = OwnModels(folder)
    number = models.number()
    if number == SHIPPED:
        raise CannotLearn("The model as it ships is in use: there is nothing to go back to.")
    models.use(number - 1)
    return number - 1


def _learnable(connection: Connection) -> list[StoredMessage]:
    """Corrected messages in an order that depends on nothing but themselves."""
    found = [message for message in queries.corrected_messages(connection) if is_english(_words(message).text)]
    return sorted(found, key=lambda message: hashlib.sha256(message.message_id.encode()).digest())


def _learn(messages: Sequence[StoredMessage], classifier: SpacyClassifier, models: OwnModels, now: datetime) -> Learned:
    if len(messages) < FEWEST:
        raise CannotLearn(
            f"There are {len(messages)} corrected messages, too few to learn from.",
            todo=f"Set labels right with l and tension with t; from {FEWEST} on it is worth a try.",
        )
    read = [classifier.learnable(_words(message)) for message in messages]
    features = np.stack([each for each, _ in read])
    sums = np.stack([each for _, each in read])
    truth = np.array([_truth(message) for message in messages])
    out = len(messages) // _FIFTH
    head = fitted(features[out:], sums[out:], truth[out:])
    before, after = (
        np.array([classifier.decisions(*each) for each in zip(sums[:out], [by] * out, features[:out], strict=True)])
        for by in (classifier.own_head, head)
    )
    known = truth[:out] != UNKNOWN
    wrong_before, wrong_after = ((said != truth[:out].astype(bool)) & known for said in (before, after))
    about = About(
        made_on=classifier.shipped,
        made_at=now.isoformat(),
        corrections=len(messages),
        held_out=int(known.sum()),
        wrong_before=int(wrong_before.sum()),
        wrong_after=int(wrong_after.sum()),
        p_value=mcnemar(int((wrong_before & ~wrong_after).sum()), int((wrong_after & ~wrong_before).sum())),
    )
    better = about.wrong_after < about.wrong_before
    return Learned(
        about,
        _macro_f1(truth[:out], before),
        _macro_f1(truth[:out], after),
        models.adopt(head, about) if better else None,
    )


def mcnemar(mended: int, broken: int) -> float:
    """The exact two-sided p of decisions that changed sides: mended by the new model, or broken by it."""
    changed = mended + broken
    tail = sum(comb(changed, at) for at in range(min(mended, broken) + 1)) / 2.0**changed
    return min(1.0, 2 * tail)


def _truth(message: StoredMessage) -> list[int]:
    labels = effective_labels(message)
    tension = message.corrections.get("tension")
    cuts = [UNKNOWN] * _CUTS if tension is None else [int(tension >= level) for level in range(1, _CUTS + 1)]
    return [int(label.value in labels) for label in Label] + cuts


def _words(message: StoredMessage) -> OwnWords:
    return OwnWords(message.subject, own_words(message.body or "", message.zones).text)


def _macro_f1(truth: NDArray[Any], said: NDArray[Any]) -> float:
    scores: list[float] = []
    for at in range(len(Label)):
        yes, meant = said[:, at].astype(bool), truth[:, at] == 1
        wanted = int(yes.sum() + meant.sum())
        scores.append(2 * int((yes & meant).sum()) / wanted if wanted else 1.0)
    return sum(scores, 0.0) / len(scores)
