"""What encoder and linear model say of one message and of each of its clauses, before any probability is made of it."""

from dataclasses import dataclass

import numpy as np

from clientinbox.edge.nlp.blend import strongest
from clientinbox.edge.nlp.encoder import CARRIED, Encoded
from clientinbox.edge.nlp.evidence import Clause, Sums, carrier, clauses, on_one_line, summed
from clientinbox.edge.nlp.feature_text import own_words_at
from clientinbox.edge.nlp.linear import Floats
from clientinbox.edge.nlp.storage import Trained


@dataclass(frozen=True, slots=True)
class Impression:
    linear: Sums
    encoded: Encoded
    pieces: tuple[Clause, ...]
    joined: tuple[bool, ...]
    """Whether a clause stands on one line with the one before it."""
    carried: Floats
    """A row a clause, a column each of CARRIED."""

    @property
    def inputs(self) -> Floats:
        """What a blend weighs: a row a target."""
        linear = self.linear
        return np.stack((self.encoded.sums, strongest(self.carried), linear.whole, linear.alone.max(axis=0)), axis=1)

    def carrier(self, target: int, reach: float) -> Clause:
        """The words that carry a target."""
        return carrier(self.shown(target), self.pieces, self.joined, reach)

    def shown(self, target: int) -> Floats:
        """How much each clause tells of a target; -inf where another may be shown and this one may not."""
        scores = self.carried[:, min(target, len(CARRIED) - 1)]
        return np.where(self.linear.telling, scores, -np.inf) if any(self.linear.telling) else scores


def impression(linear: Trained, encoded: Encoded, subject: str, own_words: str) -> Impression:
    pieces = clauses(own_words) or (Clause(0, len(own_words)),)
    lead = own_words_at(subject, own_words)
    return Impression(
        linear=summed(linear, subject, own_words, pieces),
        encoded=encoded,
        pieces=pieces,
        joined=on_one_line(own_words, pieces),
        carried=encoded.of_clauses([(lead + clause.start, lead + clause.end) for clause in pieces]),
    )
