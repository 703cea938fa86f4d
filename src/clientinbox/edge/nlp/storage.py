"""How what training made is kept: six parts as bytes, on disk one file each, terms and pieces readable in any editor.

Weights are kept as 16-bit floats, which halves the wheel and changes no decision.
"""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np

from clientinbox.edge.nlp.blend import INPUTS, Blend
from clientinbox.edge.nlp.linear import TARGETS, Curve, Floats, LinearModel
from clientinbox.edge.nlp.vectoriser import Terms, Vectoriser

FILES = {
    "settings": "settings.json",
    "words": "words.txt",
    "runs": "runs.txt",
    "weights": "weights.npz",
    "encoder": "encoder.onnx",
    "pieces": "pieces.txt",
}
"""Part → file. No name begins with `vocab`: spaCy silently leaves such out."""
_OF_ENCODER = frozenset({"encoder", "pieces"})
NEEDED = FILES.keys() - _OF_ENCODER
"""Without the rest the linear model answers alone."""

_ARRAYS = ("word_idf", "run_idf", "weights")


@dataclass(frozen=True, slots=True)
class Trained:
    """What training leaves behind."""

    vectoriser: Vectoriser
    model: LinearModel
    encoding: "Encoding | None" = None


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoder as it is stored, and how its word is weighed."""

    onnx: bytes
    pieces: tuple[str, ...]
    blend: Blend


def packed(trained: Trained) -> dict[str, bytes]:
    words, runs, model = trained.vectoriser.words, trained.vectoriser.runs, trained.model
    settings: dict[str, Any] = {
        "targets": TARGETS,
        "words": [words.shortest, words.longest],
        "runs": [runs.shortest, runs.longest],
        "bias": _listed(model.bias),
        "of_whole": _listed(model.curve.of_whole),
        "of_strongest": _listed(model.curve.of_strongest),
        "offset": _listed(model.curve.offset),
        "limits": _listed(model.limits),
    }
    weights = BytesIO()
    np.savez_compressed(
        weights,
        word_idf=words.idf.astype(np.float32),
        run_idf=runs.idf.astype(np.float32),
        weights=model.weights.astype(np.float16),
    )
    parts = {}
    if trained.encoding:
        blend = trained.encoding.blend
        settings["blend"] = {
            "inputs": INPUTS,
            "weights": [_listed(row) for row in blend.weights],
            "offset": _listed(blend.offset),
            "reach": blend.reach,
            "limits": _listed(blend.limits),
        }
        parts = {"encoder": trained.encoding.onnx, "pieces": "\n".join(trained.encoding.pieces).encode()}
    return parts | {
        "settings": f"{json.dumps(settings, indent=1)}\n".encode(),
        "words": "\n".join(words.terms).encode(),
        "runs": "\n".join(runs.terms).encode(),
        "weights": weights.getvalue(),
    }


def unpacked(parts: dict[str, bytes]) -> Trained:
    """Raise `ValueError` or `KeyError` when the parts are damaged or were made for other targets."""
    settings = json.loads(parts["settings"])
    if tuple(settings["targets"]) != TARGETS:
        raise ValueError(f"the model answers {settings['targets']}, not {list(TARGETS)}")
    try:
        with np.load(BytesIO(parts["weights"]), allow_pickle=False) as arrays:
            word_idf, run_idf, weights = (arrays[name].astype(np.float32) for name in _ARRAYS)
    except (BadZipFile, EOFError) as exc:
        raise ValueError("the model's weights are damaged") from exc
    vectoriser = Vectoriser(
        words=Terms(_terms(parts["words"]), word_idf, *settings["words"]),
        runs=Terms(_terms(parts["runs"]), run_idf, *settings["runs"]),
    )
    if len(weights) != vectoriser.width:
        raise ValueError(f"{len(weights)} rows of weights do not fit {vectoriser.width} terms")
    curve = Curve(*(_floats(settings[name]) for name in ("of_whole", "of_strongest", "offset")))
    model = LinearModel(weights, _floats(settings["bias"]), curve, _floats(settings["limits"]))
    return Trained(vectoriser, model, _encoding(parts, settings["blend"]) if parts.keys() >= _OF_ENCODER else None)


def _encoding(parts: dict[str, bytes], blend: dict[str, Any]) -> Encoding:
    if tuple(blend["inputs"]) != INPUTS:
        raise ValueError(f"the blend weighs {blend['inputs']}, not {list(INPUTS)}")
    return Encoding(
        onnx=parts["encoder"],
        pieces=_terms(parts["pieces"]),
        blend=Blend(
            weights=np.asarray(blend["weights"], np.float32),
            offset=_floats(blend["offset"]),
            reach=float(blend["reach"]),
            limits=_floats(blend["limits"]),
        ),
    )


def _listed(numbers: Floats) -> list[float]:
    return [round(float(number), 6) for number in numbers]


def _floats(numbers: list[float]) -> Floats:
    return np.asarray(numbers, np.float32)


def _terms(data: bytes) -> tuple[str, ...]:
    # Not splitlines(): a run of characters may hold what Unicode, though not a file, takes for a line end.
    return tuple(data.decode().split("\n"))
