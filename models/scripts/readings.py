"""The readings that `hold_out` leaves behind, one array a thing, for fitting and measuring."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import encoder_settings
from clientinbox.edge.nlp.blend import INPUTS
from clientinbox.edge.nlp.linear import TARGETS

FILE = encoder_settings.TRAINING / "held_out.npz"
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Readings, a row each; a message of a foreign author has one from every fold."""

    mail: Array
    """Its place in the corpus."""
    fold: Array
    truth: Array
    inputs: Array
    """What the blend weighs: readings × targets × inputs."""
    clauses: Array
    """Of all readings one after the other: start, end, and whether it stands on one line with the one before it."""
    shown: Array
    """How much each clause tells of each target."""
    first: Array
    """Where the clauses of each reading begin, and behind the last one."""

    def clauses_of(self, row: int) -> slice:
        return slice(int(self.first[row]), int(self.first[row + 1]))

    def where(self, chosen: Array) -> "HeldOut":
        rows = np.flatnonzero(chosen)
        every = np.concatenate([np.arange(self.first[row], self.first[row + 1]) for row in rows])
        return HeldOut(
            self.mail[rows],
            self.fold[rows],
            self.truth[rows],
            self.inputs[rows],
            self.clauses[every],
            self.shown[every],
            np.concatenate(([0], np.cumsum(np.diff(self.first)[rows]))),
        )


def load(file: Path = FILE) -> HeldOut:
    with np.load(file) as arrays:
        held_out = HeldOut(**{name: arrays[name] for name in arrays.files})
    assert held_out.inputs.shape[1:] == (len(TARGETS), len(INPUTS))  # noqa: S101 - made by another version of this
    return held_out
