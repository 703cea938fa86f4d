"""Training on a handful of mails, where scikit-learn is installed: the shapes fit, spans teach what they should."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("sklearn")
ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    """The scripts are run by path, not installed: here they are imported the way they import each other."""
    folder = str(ROOT / "models" / "scripts")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def training() -> ModuleType:
    return script("training")


@pytest.fixture(scope="module")
def corpus() -> ModuleType:
    return script("corpus")


def test_a_span_says_nothing_of_the_other_labels_its_message_has(training: ModuleType, corpus: ModuleType) -> None:
    mail = corpus.Mail(
        id="x",
        author="x",
        subject="Menu",
        body="Late once more, not acceptable. And could you add French?",
        labels=frozenset({"complaint", "scope_change"}),
        tension=2,
        evidence=(corpus.Span("complaint", "Late once more, not acceptable."), corpus.Span("tension", "Late")),
    )
    items = training.items([mail], training.config())
    assert items.texts[1:] == ["Late once more, not acceptable."]
    assert items.targets.tolist() == [[0, 1, 1, 1, 1, 0], [0, 1, -1, -1, -1, -1]]


def test_the_curve_follows_what_happened(training: ModuleType) -> None:
    sums = np.linspace(-3, 3, 200, dtype=np.float32)[:, None].repeat(6, axis=1)
    truth = (sums > 1).astype(int)
    curve = training.fitted_curve(sums, sums, truth)
    likely = curve(sums, sums)
    assert (np.diff(likely[:, 0]) >= 0).all()
    assert likely[0, 0] < 0.05
    assert likely[-1, 0] > 0.95


def test_floors_name_what_is_below_them() -> None:
    evaluate = script("evaluate")
    figures = {
        "labels": {"macro_f1": 0.5, "ece": 0.2},
        "tension": {"kappa_quadratic": 0.9, "tense_f1": 0.9, "livid_recall": 0.9, "livid_precision": 0.9},
        "evidence_hit": {"labels": 0.9, "tension": 0.3},
    }
    names = ["macro_f1", "tension_kappa", "tension_tense_f1", "livid_recall", "livid_precision"]
    floors = dict.fromkeys([*names, "label_evidence_hit", "tension_evidence_hit"], 0.7)
    assert [said.split()[0] for said in evaluate.below_floors(figures, floors | {"ece_at_most": 0.05})] == [
        "macro_f1",
        "tension_evidence_hit",
        "ece",
    ]
