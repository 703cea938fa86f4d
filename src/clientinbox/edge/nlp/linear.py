"""How likely each label and each level of tension is: six weighted sums over a text's features, calibrated.

Three of the six are the labels, three say "the tension is at least 1, 2, 3". A message is summed as a whole and clause
by clause, because in a long mail one sentence carries the label; from the whole and the strongest clause a logistic
curve, fitted on authors that the weights had not seen, makes the probability.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clientinbox.edge.nlp.vectoriser import Features
from clientinbox.triage.labels import Label

Floats = NDArray[np.float32]

LABELS: tuple[Label, ...] = (Label.PROGRESS, Label.COMPLAINT, Label.SCOPE_CHANGE)
TARGETS: tuple[str, ...] = (*(label.value for label in LABELS), "tension>=1", "tension>=2", "tension>=3")
"""The columns of the weights."""


@dataclass(frozen=True, slots=True)
class Curve:
    """probability = 1 / (1 + exp(-(of_whole · whole + of_strongest · strongest + offset))), for each target."""

    of_whole: Floats
    of_strongest: Floats
    offset: Floats

    def __post_init__(self) -> None:
        _fits(self.of_whole, self.of_strongest, self.offset)

    def __call__(self, whole: Floats, strongest: Floats) -> Floats:
        """A higher level of tension never comes out likelier than a lower one."""
        sums = self.of_whole * whole + self.of_strongest * strongest + self.offset
        likely = np.asarray(1.0 / (1.0 + np.exp(-sums)), np.float32)
        likely[..., len(LABELS) :] = np.minimum.accumulate(likely[..., len(LABELS) :], axis=-1)
        return likely


@dataclass(frozen=True, slots=True)
class LinearModel:
    weights: Floats
    """One row a feature, one column a target."""
    bias: Floats
    curve: Curve
    limits: Floats
    """A target holds from this probability on."""

    def __post_init__(self) -> None:
        _fits(self.weights[0] if self.weights.ndim == 2 and len(self.weights) else self.weights, self.bias, self.limits)  # noqa: PLR2004 - rows and columns

    def sums(self, features: Features) -> Floats:
        return np.asarray(features.values @ self.weights[features.ids] + self.bias, np.float32)


def labels_at(likely: Floats, limits: Floats) -> tuple[Label, ...]:
    return tuple(label for at, label in enumerate(LABELS) if likely[at] >= limits[at])


def level_at(likely: Floats, limits: Floats) -> int:
    """The level is where the first cut fails, so that 3 never stands without 2."""
    reached = likely[len(LABELS) :] >= limits[len(LABELS) :]
    return int(np.logical_and.accumulate(reached).sum())


def level_probabilities(likely: Floats) -> tuple[float, float, float, float]:
    """The probability of each level 0…3, from those of reaching it."""
    at_least = [1.0, *(float(p) for p in likely[len(LABELS) :]), 0.0]
    calm, concerned, tense, livid = (at_least[level] - at_least[level + 1] for level in range(4))
    return calm, concerned, tense, livid


def _fits(*numbers: Floats) -> None:
    if any(each.shape != (len(TARGETS),) for each in numbers):
        raise ValueError(f"the numbers of the model do not fit its {len(TARGETS)} targets")
