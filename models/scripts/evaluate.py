"""Measures the model on authors it never saw, writes metrics.json, fails below the floors of the configuration.

The curve, too, is fitted on the other groups of authors only, so that calibration is as unseen as the rest.
"""

import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

import corpus
import metrics
import training
from clientinbox.edge.nlp.linear import LABELS, TARGETS, LinearModel
from clientinbox.triage.labels import TENSION_EVIDENCE, UNSURE_FROM, UNSURE_TO

METRICS = training.CONFIG.parents[1] / "metrics.json"
CUTS = slice(len(LABELS), None)


def main() -> int:
    settings = training.config()
    mails = corpus.load()
    held_out = np.load(training.TRAINING / "held_out.npz")
    figures = measured(mails, dict(held_out), settings)
    METRICS.write_text(f"{json.dumps(figures, indent=1)}\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))
    failed = below_floors(figures, settings["floors"])
    for failure in failed:
        print(failure, file=sys.stderr)
    return 1 if failed else 0


def measured(mails: list[corpus.Mail], held_out: dict[str, NDArray[Any]], settings: dict[str, Any]) -> dict[str, Any]:
    truth, fold = held_out["truth"], held_out["fold"]
    likely = calibrated_on_others(held_out)
    limits = training.limits(settings)
    said = likely >= limits
    level = truth[:, CUTS].sum(axis=1)
    judge = LinearModel(np.zeros((1, len(TARGETS)), np.float32), limits, _flat_curve(), limits)
    said_level = np.array([judge.level(row) for row in likely])
    by_label = {
        label.value: _rounded(
            dict(
                zip(
                    ("precision", "recall", "f1"),
                    metrics.precision_recall_f1(truth[:, at], said[:, at]),
                    strict=True,
                ),
                ece=metrics.calibration_error(truth[:, at], likely[:, at]),
            )
        )
        for at, label in enumerate(LABELS)
    }
    unsure = (likely[:, : len(LABELS)] >= UNSURE_FROM) & (likely[:, : len(LABELS)] <= UNSURE_TO)
    return {
        "messages": len(mails),
        "authors": len({mail.author for mail in mails}),
        "labels": by_label
        | _rounded(
            {
                "macro_f1": _macro_f1(truth, said),
                "ece": np.mean([each["ece"] for each in by_label.values()]),
                "unsure_share": unsure.mean(),
                "all_three_right": (truth[:, : len(LABELS)] == said[:, : len(LABELS)]).all(axis=1).mean(),
            }
        ),
        "tension": _rounded(
            {
                "kappa_quadratic": metrics.quadratic_kappa(level, said_level),
                "mean_absolute_error": np.abs(level - said_level).mean(),
                "exact": (level == said_level).mean(),
                "two_or_more_off": (np.abs(level - said_level) > 1).mean(),
                "tense_f1": metrics.precision_recall_f1(level > 1, said_level > 1)[2],
                "livid_precision": metrics.precision_recall_f1(level > 2, said_level > 2)[0],  # noqa: PLR2004 - 3 is livid
                "livid_recall": metrics.precision_recall_f1(level > 2, said_level > 2)[1],  # noqa: PLR2004
                "ece": np.mean(
                    [metrics.calibration_error(truth[:, at], likely[:, at]) for at in range(len(LABELS), len(TARGETS))]
                ),
            }
        ),
        "evidence_hit": evidence_hits(mails, held_out["carriers"], level),
        "macro_f1_by_author": _by_author(mails, truth, said),
        "macro_f1_by_held_out_group": {
            " ".join(group): round(_macro_f1(truth[fold == at], said[fold == at]), 3)
            for at, group in enumerate(settings["folds"]["groups"])
        },
    }


def calibrated_on_others(held_out: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
    fold, whole, strongest = held_out["fold"], held_out["whole"], held_out["strongest"]
    likely = np.zeros_like(whole)
    for at in np.unique(fold):
        here, others = fold == at, fold != at
        curve = training.fitted_curve(whole[others], strongest[others], held_out["truth"][others])
        likely[here] = curve(whole[here], strongest[here])
    return likely


def evidence_hits(mails: list[corpus.Mail], carriers: NDArray[np.int64], level: NDArray[np.int64]) -> dict[str, float]:
    """How often the one clause that is shown meets a span that an annotator marked."""
    met: dict[str, list[bool]] = {}
    for mail, spans, tension in zip(mails, carriers, level, strict=True):
        own = mail.own
        for name in {span.label for span in mail.evidence}:
            target = len(LABELS) + int(tension) - 1 if name == TENSION_EVIDENCE else corpus.LABEL_NAMES.index(name)
            golds = [(own.find(span.text), len(span.text)) for span in mail.evidence if span.label == name]
            start, end = (int(offset) for offset in spans[target])
            met.setdefault(name, []).append(
                any(metrics.spans_meet(start, end, at, at + length) for at, length in golds if at >= 0)
            )
    return _rounded(
        {name: np.mean(met[name]) for name in sorted(met)} | {"mean": np.mean([np.mean(each) for each in met.values()])}
    )


def below_floors(figures: dict[str, Any], floors: dict[str, float]) -> list[str]:
    reached = {
        "macro_f1": figures["labels"]["macro_f1"],
        "tension_kappa": figures["tension"]["kappa_quadratic"],
        "tension_tense_f1": figures["tension"]["tense_f1"],
        "livid_recall": figures["tension"]["livid_recall"],
        "evidence_hit": figures["evidence_hit"]["mean"],
    }
    failed = [f"{name} is {got}, below its floor {floors[name]}" for name, got in reached.items() if got < floors[name]]
    if figures["labels"]["ece"] > floors["ece_at_most"]:
        failed.append(f"ece is {figures['labels']['ece']}, above {floors['ece_at_most']}")
    return failed


def _macro_f1(truth: NDArray[Any], said: NDArray[Any]) -> float:
    return float(np.mean([metrics.precision_recall_f1(truth[:, at], said[:, at])[2] for at in range(len(LABELS))]))


def _by_author(mails: list[corpus.Mail], truth: NDArray[Any], said: NDArray[Any]) -> dict[str, float]:
    authors = np.array([mail.author for mail in mails])
    return {
        str(name): round(_macro_f1(truth[authors == name], said[authors == name]), 3) for name in np.unique(authors)
    }


def _flat_curve() -> Any:
    ones = np.ones(len(TARGETS), np.float32)
    return training.Curve(ones, ones, ones)


def _rounded(figures: dict[str, Any]) -> dict[str, float]:
    return {name: round(float(figure), 3) for name, figure in figures.items()}


if __name__ == "__main__":
    sys.exit(main())
