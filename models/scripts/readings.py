"""The readings that `hold_out` leaves behind, one array a thing, for fitting and measuring."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import encoder_settings
from clientinbox.edge.nlp.blend import INPUTS
from clientinbox.edge.nlp.linear import TARGETS
from corpus import Mail

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


def pooled(held_out: HeldOut, mails: Sequence[Mail], folds: dict[str, list[str]]) -> Array:
    """The rows that choices are made on: each message once. Those of `later` are read by every fold, and the readings
    of one fold are taken, another for each author.
    """
    author = np.array([mails[at].author for at in held_out.mail])
    taken = np.unique(held_out.fold)
    once = ~np.isin(author, [*folds["foreign"], *folds["later"]])
    for at, name in enumerate(folds["later"]):
        once |= (author == name) & (held_out.fold == taken[at % len(taken)])
    return once


def file_of(fold: int) -> Path:
    return encoder_settings.TRAINING / f"held_out-{fold}.npz"


def load(folds: int) -> HeldOut:
    """What was read by the folds that are done."""
    parts = []
    for fold in range(folds):
        if file_of(fold).exists():
            with np.load(file_of(fold)) as arrays:
                parts.append({name: arrays[name] for name in arrays.files})
    starts = np.cumsum([0, *(part["first"][-1] for part in parts)])
    first = [part["first"][:-1] + start for part, start in zip(parts, starts, strict=False)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "first"}
    held_out = HeldOut(**joined, first=np.concatenate((*first, starts[-1:])))
    assert held_out.inputs.shape[1:] == (len(TARGETS), len(INPUTS))  # noqa: S101 - made by another version of this
    return held_out
