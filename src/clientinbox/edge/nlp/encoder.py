"""What the trained encoder says of a text: a small transformer run by onnxruntime, one text at a time, on one thread.

Batches gain nothing on one thread, and with 8-bit sums the neighbours in a batch would change what is said of a text.
Without its arena onnxruntime gives back what a long mail took. Where onnxruntime cannot be loaded there is no encoder,
and the linear model answers alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clientinbox.edge.nlp.linear import LABELS, TARGETS, Floats
from clientinbox.edge.nlp.wordpiece import WordPiece
from clientinbox.triage.labels import TENSION_EVIDENCE

LONGEST = 512
"""Word pieces of a text that are read, as many as the encoder has places for."""
CARRIED: tuple[str, ...] = (*(label.value for label in LABELS), TENSION_EVIDENCE)
"""What a piece may carry: the columns of `Encoded.carried`."""
_CUTS = len(TARGETS) - len(LABELS)
_SURE = 1e-4
_ERRORS_ONLY = 3


class NoRuntime(Exception):
    """onnxruntime cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder says of one text."""

    sums: Floats
    """One for each target, as log-odds."""
    carried: Floats
    """A row a word piece, as log-odds that it belongs to the words which carry each of CARRIED."""
    starts: tuple[int, ...]
    """Where in the text the word of each piece begins."""
    features: Floats
    """What the encoder knows of the text, before any verdict: what a user's own corrections are learned on."""

    def of_clauses(self, bounds: Sequence[tuple[int, int]]) -> Floats:
        """For each stretch of the text the mean over its pieces; one that was not read is as unlikely as any."""
        places = np.asarray(self.starts)
        lowest = self.carried.min(axis=0)
        rows = []
        for start, end in bounds:
            inside = (places >= start) & (places < end)
            rows.append(self.carried[inside].mean(axis=0) if inside.any() else lowest)
        return np.stack(rows)


class Encoder:
    """Raise `NoRuntime` or `ValueError` when it cannot be loaded."""

    def __init__(self, onnx: bytes, pieces: Sequence[str]) -> None:
        self._session = _session(onnx)
        self._pieces = WordPiece(pieces)

    def __call__(self, text: str) -> Encoded:
        pieces = self._pieces(text).shortened(LONGEST)
        ids = np.array([pieces.ids], np.int64)
        message, carried, features = self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})
        return Encoded(sums(message[0]), carried[0], tuple(pieces.starts), features[0])


def sums(message: Floats) -> Floats:
    """Logits of labels, cuts and levels → one log-odds a target; of cuts and levels the mean probability."""
    labels, cuts, levels = np.split(message.astype(np.float64), (len(LABELS), len(LABELS) + _CUTS))
    by_cut = np.minimum.accumulate(1.0 / (1.0 + np.exp(-cuts)))
    shares = np.exp(levels - levels.max())
    by_level = np.cumsum((shares / shares.sum())[::-1])[::-1][1:]
    reached = np.clip((by_cut + by_level) / 2.0, _SURE, 1.0 - _SURE)
    return np.concatenate((labels, np.log(reached / (1.0 - reached)))).astype(np.float32)


def _session(onnx: bytes) -> Any:
    """Raise `NoRuntime` without onnxruntime, `ValueError` when it cannot read the encoder."""
    # 20 ms, and only here: the linear model must answer where it is missing.
    try:
        import onnxruntime
    except ImportError as exc:
        raise NoRuntime(str(exc)) from exc
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # its errors share no class of their own
        raise ValueError(f"the encoder is damaged: {exc}") from exc
