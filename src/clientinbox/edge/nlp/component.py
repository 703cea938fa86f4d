"""The spaCy component `mail_reader`: reads a mail's own words and notes what they are for and how tense they are.

It stands in a pipeline like any other (`spacy.blank("en").add_pipe("mail_reader")`), takes the subject from
`doc._.subject`, and writes the probability of each label to `doc.cats` and everything it found to `doc._.reading`.
What training made of it lives in files of its own folder; none is named `vocab…`, because spaCy leaves such out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spacy import util
from spacy.language import Language
from spacy.tokens import Doc

from clientinbox.edge.nlp.evidence import clauses, summed
from clientinbox.edge.nlp.linear import LABELS, level_probabilities
from clientinbox.edge.nlp.storage import FILES, Trained, packed, unpacked
from clientinbox.triage.labels import TENSION_EVIDENCE, Label

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
        self.trained = trained

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label.value for label in LABELS)

    def __call__(self, doc: Doc) -> Doc:
        reading = self.read(doc._.subject, doc.text)
        doc.cats.update(zip(self.labels, reading.probabilities, strict=True))
        doc._.reading = reading
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 32) -> Iterator[Doc]:
        del batch_size  # one by one is as fast: nothing here gains from a batch
        for doc in stream:
            yield self(doc)

    def read(self, subject: str, own_words: str) -> Reading:
        model = self._needed().model
        pieces = clauses(own_words)
        if not pieces:
            return NOTHING_TO_READ
        sums = summed(self._needed(), subject, own_words, pieces)
        likely = model.curve(sums.whole, sums.alone.max(axis=0))
        labels, level = model.labels(likely), model.level(likely)
        carried = [(label.value, LABELS.index(label)) for label in labels]
        if level:
            carried.append((TENSION_EVIDENCE, len(LABELS) + level - 1))
        carriers = sums.carriers() if carried else ()
        return Reading(
            probabilities=tuple(float(p) for p in likely[: len(LABELS)]),
            labels=labels,
            level=level,
            level_probabilities=level_probabilities(likely),
            spans=tuple(
                Span(name, pieces[carriers[target]].start, pieces[carriers[target]].end) for name, target in carried
            ),
        )

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        return util.to_bytes({name: partial(bytes, data) for name, data in packed(self._needed()).items()}, exclude)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "MailReader":
        parts: dict[str, bytes] = {}
        util.from_bytes(data, {name: partial(parts.__setitem__, name) for name in FILES}, exclude)
        self.trained = unpacked(parts)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        del exclude  # the parts are useless one without the other
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in packed(self._needed()).items():
            (folder / FILES[name]).write_bytes(data)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "MailReader":
        del exclude
        self.trained = unpacked({name: (Path(path) / file).read_bytes() for name, file in FILES.items()})
        return self

    def _needed(self) -> Trained:
        if self.trained is None:
            raise ValueError("mail_reader has not been trained: load a trained pipeline")
        return self.trained
