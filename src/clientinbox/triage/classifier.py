"""The classifier that triage needs, as a shape that `edge/nlp` fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from clientinbox.triage.labels import Classification


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the sender wrote: no quote, no signature, no disclaimer."""

    subject: str
    text: str


class Classifier(Protocol):
    @property
    def version(self) -> str:
        """Names model and rules; a verdict made with another version is made again."""

    def classify(self, messages: Sequence[OwnWords]) -> list[Classification]:
        """One classification a message, in order. Evidence offsets count in `OwnWords.text`."""
