"""The corpus is what its guide says, and the figures of the model card are figured right."""

import importlib
import json
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    """The scripts are run by path, not installed: here they are imported the way they import each other."""
    folder = str(ROOT / "models" / "scripts")
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def corpus() -> ModuleType:
    return script("corpus")


@pytest.fixture(scope="module")
def metrics() -> ModuleType:
    return script("metrics")


def written(folder: Path, **changed: Any) -> Path:
    row = {
        "id": "x-1",
        "subject": "Re: Menu",
        "body": "Any news?\n\nOn Mon, 2 Mar 2026 at 09:12, Kim wrote:\n> soon\n",
        "industry": "retail",
        "labels": ["progress"],
        "tension": 0,
        "evidence": [{"label": "progress", "text": "Any news?"}],
    }
    (folder / "x.jsonl").write_text(json.dumps(row | changed) + "\n", encoding="utf-8")
    return folder


def test_the_corpus_keeps_to_its_guide(corpus: ModuleType) -> None:
    mails = corpus.load()
    assert list(corpus.problems(mails)) == []


def test_the_data_card_counts_what_is_there(corpus: ModuleType) -> None:
    card = (ROOT / "models" / "corpus" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)\.jsonl` \| ([\d,]+) \|", card, re.MULTILINE)
    told = {author: int(count.replace(",", "")) for author, count in rows}
    assert told == Counter(mail.author for mail in corpus.load())


def test_each_author_is_held_out_once(corpus: ModuleType) -> None:
    folds = tomllib.loads((ROOT / "models" / "configs" / "encoder.cfg").read_text(encoding="utf-8"))["folds"]
    held_out = [
        author for group in (*folds["groups"], folds["foreign"], folds["later"], folds["unseen"]) for author in group
    ]
    assert sorted(held_out) == sorted({mail.author for mail in corpus.load()})


def test_the_model_reads_the_bare_subject_and_the_own_words(corpus: ModuleType, tmp_path: Path) -> None:
    (mail,) = corpus.load(written(tmp_path))
    assert mail.text == "Menu\n\nAny news?"
    assert mail.targets() == [1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"labels": ["praise"]}, "unknown labels"),
        ({"tension": 4}, "no level"),
        ({"evidence": [{"label": "progress", "text": "not there"}]}, "not in the body"),
        ({"evidence": [{"label": "joy", "text": "Any"}]}, "unknown label joy"),
        ({"evidence": [{"label": "progress", "text": "soon"}]}, "not in the sender's own words"),
        ({"tension": 1}, "nothing carries ['tension']"),
        ({"labels": []}, "which the message is said to lack"),
    ],
    ids=["label", "level", "evidence", "evidence of what", "quoted evidence", "no evidence", "evidence of no label"],
)
def test_each_breach_of_the_guide_is_named(
    corpus: ModuleType, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    assert said in " ".join(corpus.problems(corpus.load(written(tmp_path, **changed))))


def test_levels_one_off_weigh_less_than_levels_two_off(metrics: ModuleType) -> None:
    truth = np.array([0, 1, 2, 3])
    one_off, two_off = np.array([0, 1, 2, 2]), np.array([0, 1, 2, 1])
    assert metrics.quadratic_kappa(truth, truth) == 1
    assert 1 > metrics.quadratic_kappa(truth, one_off) > metrics.quadratic_kappa(truth, two_off)
    assert metrics.quadratic_kappa(truth, truth[::-1]) == -1


def test_precision_and_recall_are_not_swapped(metrics: ModuleType) -> None:
    truth, said = np.array([1, 1, 1, 0]), np.array([1, 0, 0, 0])
    assert metrics.precision_recall_f1(truth, said) == pytest.approx((1, 1 / 3, 0.5))


def test_calibration_error_is_the_gap_between_said_and_happened(metrics: ModuleType) -> None:
    assert metrics.calibration_error(np.array([1, 0, 1, 0]), np.full(4, 0.5)) == pytest.approx(0)
    assert metrics.calibration_error(np.array([0, 0, 0, 0]), np.full(4, 0.9)) == pytest.approx(0.9)
    assert metrics.calibration_error(np.array([1]), np.array([1.0])) == pytest.approx(0)


@pytest.mark.parametrize(("span", "hit"), [((0, 10), True), ((4, 15), True), ((5, 16), False), ((2, 6), False)])
def test_a_hit_covers_six_tenths_of_what_was_marked(metrics: ModuleType, span: tuple[int, int], hit: bool) -> None:  # noqa: FBT001
    assert metrics.covers(*span, 0, 10) is hit


def test_the_model_card_carries_the_measured_figures() -> None:
    card = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    figures = json.loads((ROOT / "models" / "metrics.json").read_text(encoding="utf-8"))
    for figure in (
        figures["labels"]["macro_f1"],
        figures["labels"]["ece"],
        figures["tension"]["kappa_quadratic"],
        figures["tension"]["tense_f1"],
        figures["tension"]["livid_recall"],
        figures["evidence_hit"]["labels"],
        figures["evidence_hit"]["tension"],
    ):
        assert f"{figure:.3f}" in card
