"""The spaCy component `mail_reader`: reads a mail's own words and notes what they are for and how tense they are.

It stands in a pipeline like any other (`spacy.blank("en").add_pipe("mail_reader")`), takes the subject from
`doc._.subject`, and writes the probability of each label to `doc.cats` and everything it found to `doc._.reading`.
What training made of it lives in files of its own folder; none is named `vocab…`, because spaCy leaves such out.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spacy import util
from spacy.language import Language
from spacy.tokens import Doc

from clientinbox.edge.nlp.blend import likely
from clientinbox.edge.nlp.encoder import Encoder, NoRuntime
from clientinbox.edge.nlp.evidence import Clause, clauses, summed
from clientinbox.edge.nlp.feature_text import feature_text
from clientinbox.edge.nlp.impression import impression
from clientinbox.edge.nlp.linear import LABELS, Floats, labels_at, level_at, level_probabilities
from clientinbox.edge.nlp.own_head import OwnHead
from clientinbox.edge.nlp.storage import FILES, NEEDED, Trained, packed, unpacked
from clientinbox.triage.labels import TENSION_EVIDENCE, Label

log = logging.getLogger(__name__)

CALM = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters start…end-1 of the text read."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one text."""

    probabilities: tuple[float, ...]
    """One for each of LABELS."""
    labels: tuple[Label, ...] = ()
    level: int = 0
    level_probabilities: tuple[float, float, float, float] = CALM
    spans: tuple[Span, ...] = ()


NOTHING_TO_READ = Reading(probabilities=(0.0,) * len(LABELS))

for _name, _default in (("subject", ""), ("reading", NOTHING_TO_READ)):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=_default)


@Language.factory("mail_reader", assigns=["doc.cats", "doc._.reading"])
def make_mail_reader(nlp: Language, name: str) -> "MailReader":
    del nlp  # the text is all it needs: features are counted from it, not from tokens
    return MailReader(name)


class MailReader:
    def __init__(self, name: str = "mail_reader", trained: Trained | None = None) -> None:
        self.name = name
        self.trained: Trained | None = None
        self._encoder: Encoder | None = None
        self.own_head: OwnHead | None = None
        """What this user's corrections taught; it is no part of the pipeline that ships."""
        if trained:
            self.take(trained)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label.value for label in LABELS)

    @property
    def limits(self) -> Floats:
        """A target holds from its probability on."""
        trained = self._needed()
        return trained.encoding.blend.limits if self._encoder and trained.encoding else trained.model.limits

    def __call__(self, doc: Doc) -> Doc:
        reading = self.read(doc._.subject, doc.text)
        doc.cats.update(zip(self.labels, reading.probabilities, strict=True))
        doc._.reading = reading
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 32) -> Iterator[Doc]:
        del batch_size  # one by one is as fast, and what is said of a mail never hangs on its neighbours
        for doc in stream:
            yield self(doc)

    def read(self, subject: str, own_words: str) -> Reading:
        pieces = clauses(own_words)
        if not pieces:
            return NOTHING_TO_READ
        trained = self._needed()
        if self._encoder and trained.encoding:
            blend = trained.encoding.blend
            both = impression(trained, self._encoder(feature_text(subject, own_words)), subject, own_words)
            sums = blend.sums(both.inputs)
            if self.own_head:
                sums += self.own_head(both.encoded.features)
            return _reading(likely(sums), blend.limits, lambda target: both.carrier(target, blend.reach))
        linear = summed(trained, subject, own_words, pieces)
        by_linear = trained.model.curve(linear.whole, linear.alone.max(axis=0))
        return _reading(by_linear, trained.model.limits, lambda target: pieces[linear.carriers()[target]])

    def learnable(self, subject: str, own_words: str) -> tuple[Floats, Floats]:
        """What a user's corrections are learned on: the features of a mail, and the shipped model's log-odds.

        Raise `NoRuntime` where there is no encoder.
        """
        trained = self._needed()
        if not self._encoder or not trained.encoding:
            raise NoRuntime("the encoder is not loaded")
        both = impression(trained, self._encoder(feature_text(subject, own_words)), subject, own_words)
        return both.encoded.features, trained.encoding.blend.sums(both.inputs)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return util.to_bytes({name: partial(bytes, data) for name, data in packed(self._needed()).items()}, exclude)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "MailReader":
        parts: dict[str, bytes] = {}
        util.from_bytes(data, {name: partial(parts.__setitem__, name) for name in FILES}, exclude)
        return self.take(unpacked(parts))

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        del exclude  # the parts are useless one without the other
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in packed(self._needed()).items():
            (folder / FILES[name]).write_bytes(data)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "MailReader":
        del exclude
        folder = Path(path)
        there = {name: folder / file for name, file in FILES.items() if name in NEEDED or (folder / file).exists()}
        return self.take(unpacked({name: file.read_bytes() for name, file in there.items()}))

    def take(self, trained: Trained) -> "MailReader":
        """Read with what was trained; without onnxruntime the linear model answers alone, with a curve of its own."""
        self.trained, self._encoder = trained, None
        if trained.encoding:
            try:
                self._encoder = Encoder(trained.encoding.onnx, trained.encoding.pieces)
            except NoRuntime as exc:
                log.warning("onnxruntime cannot be loaded, the linear model reads alone: %s", exc)
        return self

    def _needed(self) -> Trained:
        if self.trained is None:
            raise ValueError("mail_reader has not been trained: load a trained pipeline")
        return self.trained


def _reading(probable: Floats, limits: Floats, carrier: Callable[[int], Clause]) -> Reading:
    labels, level = labels_at(probable, limits), level_at(probable, limits)
    targets = {label.value: LABELS.index(label) for label in labels}
    if level:
        targets[TENSION_EVIDENCE] = len(LABELS) + level - 1
    found = {name: carrier(target) for name, target in targets.items()}
    return Reading(
        probabilities=tuple(float(p) for p in probable[: len(LABELS)]),
        labels=labels,
        level=level,
        level_probabilities=level_probabilities(probable),
        spans=tuple(Span(name, clause.start, clause.end) for name, clause in found.items()),
    )
