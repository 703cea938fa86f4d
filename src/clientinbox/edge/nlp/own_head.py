"""What a user's corrections teach: a light head on what the encoder knows of a text, added to the shipped model's sums.

The encoder stays as it shipped; only one row of weights for each target is fitted, held small, so that some dozens of
corrections move the verdicts they speak of and leave the rest where they were.
"""

from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from clientinbox.edge.nlp.linear import TARGETS, Floats

UNKNOWN = -1
"""A target that a correction says nothing about."""
_STEPS = 400
_RATE = 1.0


@dataclass(frozen=True, slots=True)
class OwnHead:
    weights: Floats
    """A row a target, a column a feature; the last column is the offset."""

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or len(self.weights) != len(TARGETS):  # noqa: PLR2004 - rows and columns
            raise ValueError(f"the head does not fit {len(TARGETS)} targets")

    def __call__(self, features: Floats) -> Floats:
        """What to add to the shipped sums of one message, for each target."""
        return np.asarray(self.weights @ scaled(features[None])[0], np.float32)

    def to_bytes(self) -> bytes:
        data = BytesIO()
        np.savez_compressed(data, weights=self.weights.astype(np.float32))
        return data.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "OwnHead":
        """Raise `ValueError` when it is damaged."""
        try:
            with np.load(BytesIO(data), allow_pickle=False) as arrays:
                return cls(arrays["weights"])
        except (BadZipFile, EOFError, KeyError, OSError) as exc:
            raise ValueError("what your corrections taught is damaged") from exc


def fitted(features: Floats, sums: Floats, truth: NDArray[np.int64], restraint: float = 0.1) -> OwnHead:
    """A row a message; `sums`: the shipped model's log-odds; `truth`: 0, 1 or UNKNOWN for each target.

    Logistic regression that starts from the shipped sums, by plain gradient steps: the same corrections give the same
    head.
    """
    rows = scaled(features).astype(np.float64)
    weights = np.zeros((len(TARGETS), rows.shape[1]))
    known = truth != UNKNOWN
    for _ in range(_STEPS):
        likely = 1.0 / (1.0 + np.exp(-(sums + rows @ weights.T)))
        slope = (np.where(known, likely - truth, 0.0).T @ rows + restraint * weights) / max(1, len(rows))
        weights -= _RATE * slope
    return OwnHead(weights.astype(np.float32))


def scaled(features: Floats) -> Floats:
    """Unit length, whatever the length of the mail, and a one behind for the offset."""
    length = np.sqrt((features**2).sum(axis=1, keepdims=True))
    return np.concatenate((features / np.maximum(length, 1e-6), np.ones((len(features), 1))), axis=1)
