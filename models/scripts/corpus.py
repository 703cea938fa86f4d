"""Reads the annotated mail: one `Mail` a message, from the files of single authors and from the threads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clientinbox.edge.nlp.feature_text import feature_text
from clientinbox.edge.nlp.linear import LABELS
from clientinbox.mail.zones import own_words, zones_of
from clientinbox.triage.labels import TENSION_EVIDENCE

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
LABEL_NAMES = tuple(label.value for label in LABELS)
LEVELS = 4
THREADS = "threads"


@dataclass(frozen=True, slots=True)
class Span:
    """Words that carry a label, or the tension."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    id: str
    author: str
    """The file it came from: one author each."""
    subject: str
    body: str
    labels: frozenset[str]
    tension: int
    evidence: tuple[Span, ...]

    @property
    def own(self) -> str:
        """The sender's own words; all of a body that has none (a bare forward): there the quote is what was sent."""
        return own_words(self.body, zones_of(self.body)).text or self.body.strip()

    @property
    def text(self) -> str:
        """What the model reads."""
        return feature_text(self.subject, self.own)

    def targets(self) -> list[int]:
        return [int(name in self.labels) for name in LABEL_NAMES] + [
            int(self.tension >= level) for level in range(1, LEVELS)
        ]


def load(folder: Path = CORPUS) -> list[Mail]:
    mails: list[Mail] = []
    for file in sorted(folder.glob("*.jsonl")):
        mails += _threads(folder) if file.stem == THREADS else _messages(file)
    return mails


def problems(mails: list[Mail]) -> Iterator[str]:
    """Each way in which the corpus breaks its own guide, in words."""
    seen: set[str] = set()
    for mail in mails:
        if mail.id in seen:
            yield f"{mail.id}: the id is used twice"
        seen.add(mail.id)
        if unknown := mail.labels - set(LABEL_NAMES):
            yield f"{mail.id}: unknown labels {sorted(unknown)}"
        if mail.tension not in range(LEVELS):
            yield f"{mail.id}: tension {mail.tension} is no level"
        for problem in _evidence_problems(mail):
            yield f"{mail.id}: {problem}"


def _evidence_problems(mail: Mail) -> Iterator[str]:
    known = {*LABEL_NAMES, TENSION_EVIDENCE}
    for span in mail.evidence:
        if span.label not in known:
            yield f"evidence of an unknown label {span.label}"
        if span.text not in mail.body:
            yield f"evidence is not in the body: {span.text!r}"
        elif span.text not in mail.own:
            yield f"evidence is not in the sender's own words: {span.text!r}"
    carried = {span.label for span in mail.evidence} & known
    told = mail.labels | ({TENSION_EVIDENCE} if mail.tension else set())
    if bare := told - carried:
        yield f"nothing carries {sorted(bare)}"
    if idle := carried - told:
        yield f"evidence of {sorted(idle)}, which the message is said to lack"


def _messages(file: Path) -> Iterator[Mail]:
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            row = json.loads(line)
            yield _mail(row["id"], file.stem, row, row["evidence"])


def _threads(folder: Path) -> Iterator[Mail]:
    """The client's messages of the threads."""
    evidence = json.loads((folder / "threads_evidence.json").read_text(encoding="utf-8"))
    for line in (folder / f"{THREADS}.jsonl").read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        thread = json.loads(line)
        for at, row in enumerate(thread["messages"]):
            if row["direction"] == "in":
                spans = evidence.get(thread["id"], {}).get(str(at), {}).get("evidence", [])
                yield _mail(f"{thread['id']}/{at}", THREADS, row, spans)


def _mail(mail_id: str, author: str, row: dict, spans: list[dict]) -> Mail:
    return Mail(
        id=mail_id,
        author=author,
        subject=row["subject"],
        body=row["body"],
        labels=frozenset(row["labels"]),
        tension=row["tension"],
        evidence=tuple(Span(span["label"], span["text"]) for span in spans),
    )
