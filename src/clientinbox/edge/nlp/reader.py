"""The classifier that triage asks for, answered by the trained spaCy pipeline that ships beside this module.

Loading costs some 0.5 s (nearly all of it `import spacy`): it belongs to the engine and to commands that classify,
never to a process that paints. No `Doc` leaves: what comes out are triage's own values.
"""

from collections.abc import Iterator, Sequence
from itertools import compress
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from clientinbox.edge.nlp.blend import likely
from clientinbox.edge.nlp.component import MailReader, Reading
from clientinbox.edge.nlp.encoder import NoRuntime
from clientinbox.edge.nlp.feature_text import READ_AT_MOST
from clientinbox.edge.nlp.linear import LABELS, Floats
from clientinbox.edge.nlp.own_head import OwnHead
from clientinbox.edge.nlp.own_models import OwnModels
from clientinbox.edge.nlp.version import version_of, with_own
from clientinbox.errors import ClientInboxError
from clientinbox.triage.classifier import OwnWords
from clientinbox.triage.labels import ABSTAINED, UNSURE_FROM, UNSURE_TO, Classification, Evidence, Label, Tension
from clientinbox.triage.language import is_english

PIPELINE = Path(__file__).parent / "pipeline"
_COMPONENT = "mail_reader"
_BATCH = 64
"""Texts whose memory spaCy frees together; answers come after each, so it also bounds how long a batch takes."""


class ModelMissing(ClientInboxError):
    """There is no trained pipeline that could be loaded."""


class SpacyClassifier:
    """Fits `triage.classifier.Classifier`. One thread uses it."""

    def __init__(self, nlp: Language, reader: MailReader, own: OwnModels | None = None) -> None:
        self._nlp = nlp
        self._reader = reader
        self.shipped = version_of(nlp.meta)
        reader.own_head = own.head(self.shipped) if own else None
        self.version = with_own(self.shipped, own.number()) if own else self.shipped

    def learnable(self, message: OwnWords) -> tuple[Floats, Floats]:
        """Features and the shipped model's log-odds, for what a user's corrections teach. Raise `ModelMissing`."""
        try:
            return self._reader.learnable(message.subject, message.text[:READ_AT_MOST])
        except NoRuntime as exc:
            raise ModelMissing(
                "Without onnxruntime there is nothing to learn on.", todo="Install clientinbox again, with onnxruntime."
            ) from exc

    def decisions(self, sums: Floats, head: OwnHead | None, features: Floats) -> tuple[bool, ...]:
        """What is said of each target, with what corrections taught or without."""
        limits = self._reader.limits
        probable = likely(sums + head(features) if head else sums)
        return tuple(bool(yes) for yes in probable >= limits)

    @property
    def own_head(self) -> OwnHead | None:
        return self._reader.own_head

    def classify(self, messages: Sequence[OwnWords]) -> list[Classification]:
        answers: list[Classification] = []
        for start in range(0, len(messages), _BATCH):
            batch = messages[start : start + _BATCH]
            english = [is_english(message.text) for message in batch]
            with self._nlp.memory_zone():
                docs = self._docs(list(compress(batch, english)))
                readings = iter([doc._.reading for doc in self._nlp.pipe(docs)])
            answers.extend(
                _classification(next(readings), message.text) if readable else ABSTAINED
                for message, readable in zip(batch, english, strict=True)
            )
        return answers

    def _docs(self, messages: Sequence[OwnWords]) -> Iterator[Doc]:
        for message in messages:
            doc = self._nlp.make_doc(_encodable(message.text[:READ_AT_MOST]))
            doc._.subject = _encodable(message.subject)
            yield doc


def load_classifier(pipeline: Path = PIPELINE, own: Path | None = None) -> SpacyClassifier:
    """`own`: the folder of what this user's corrections taught."""
    try:
        nlp = spacy.load(pipeline)
    except (OSError, ValueError, KeyError) as exc:
        raise ModelMissing(
            "The model that reads mail could not be loaded.",
            todo=f"Install clientinbox again: {pipeline} is missing or damaged.",
        ) from exc
    reader = nlp.get_pipe(_COMPONENT) if nlp.has_pipe(_COMPONENT) else None
    if not isinstance(reader, MailReader) or set(reader.labels) != {label.value for label in Label}:
        raise ModelMissing(
            "The model that reads mail was made for another version of clientinbox.",
            todo="Install clientinbox again.",
        )
    return SpacyClassifier(nlp, reader, OwnModels(own) if own else None)


def _encodable(text: str) -> str:
    """Half a surrogate pair (from a broken JSON escape) becomes a question mark: spaCy keeps its texts as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _classification(reading: Reading, text: str) -> Classification:
    probabilities = dict(zip(LABELS, reading.probabilities, strict=True))
    return Classification(
        labels=frozenset(reading.labels),
        probabilities=probabilities,
        tension=Tension(reading.level),
        tension_probabilities=reading.level_probabilities,
        evidence=tuple(
            Evidence(span.label, text[span.start : span.end], span.start, span.end) for span in reading.spans
        ),
        unsure=frozenset(label for label, p in probabilities.items() if UNSURE_FROM <= p <= UNSURE_TO),
    )
