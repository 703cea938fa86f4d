"""Measures the model on authors it never saw, writes metrics.json, fails below the floors of the configuration.

The blend, too, is fitted on the other groups of authors only, so that calibration is as unseen as the rest. Beside the
pooled figures stand those of the linear model alone, of cues, of hard cases, and of authors that no choice has touched.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import blending
import corpus
import encoder_settings
import metrics
import readings
import training
from clientinbox.edge.nlp.evidence import Clause, carrier
from clientinbox.edge.nlp.linear import LABELS, TARGETS, level_at, level_probabilities
from clientinbox.edge.nlp.reader import SpacyClassifier, load_classifier
from clientinbox.triage.classifier import OwnWords
from clientinbox.triage.cues import find_cues
from clientinbox.triage.labels import TENSION_EVIDENCE, UNSURE_FROM, UNSURE_TO, Classification, Tension
from clientinbox.triage.tension import settle
from readings import HeldOut

PLAIN = encoder_settings.CONFIG.parents[1] / "plain"
METRICS = encoder_settings.CONFIG.parents[1] / "metrics.json"
CUTS = slice(len(LABELS), None)
SHORT = 30
"""Words: below it a mail is reported apart."""
LIVID = 3
Array = NDArray[Any]


def main() -> int:
    settings = encoder_settings.config()
    mails = corpus.load()
    figures = measured(mails, readings.load(len(settings["folds"]["groups"])), settings)
    shipped = load_classifier(encoder_settings.TRAINING / "pipeline")
    unseen = [mail for mail in mails if mail.author in settings["folds"]["unseen"]]
    figures["as it ships"] = {
        "x to za, written later": of_shipped(unseen, shipped),
        "plain": of_shipped(corpus.load(PLAIN), shipped),
    }
    METRICS.write_text(f"{json.dumps(figures, indent=1)}\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))
    failed = below_floors(figures, settings["floors"])
    for failure in failed:
        print(failure, file=sys.stderr)
    return 1 if failed else 0


def measured(mails: Sequence[corpus.Mail], held_out: HeldOut, settings: dict[str, Any]) -> dict[str, Any]:
    folds = settings["folds"]
    once = readings.pooled(held_out, mails, folds)
    pool, foreign = (held_out.where(here) for here in (once, np.isin(_authors(mails, held_out), folds["foreign"])))
    author, foreign_author = _authors(mails, pool), _authors(mails, foreign)
    limits, linear_limits = blending.limits(settings), training.limits(training.config())

    def blended(others: HeldOut, asked: HeldOut) -> Array:
        return blending.fitted_blend(others, settings)(asked.inputs)

    def linear(others: HeldOut, asked: HeldOut) -> Array:
        return blending.by_curve(asked, blending.fitted_curve(others))

    likely = blending.on_others(pool, pool, blended)
    of_foreign = blending.on_others(pool, foreign, blended)
    words = np.array([len(mails[at].own.split()) for at in pool.mail])
    plain = np.isin(author, folds["later"])
    said = likely >= limits
    return {
        "messages": len(pool.mail),
        "authors": len(set(author)),
        **_figures(pool.truth, likely, limits),
        "evidence_hit": evidence_hits(mails, pool, settings["blend"]["reach"]),
        "linear_alone": _figures(pool.truth, blending.on_others(pool, pool, linear), linear_limits),
        "cues": {
            "without": _tension(_level(pool.truth), _levels(likely, limits)),
            "with": _with_cues(mails, pool, likely, limits),
        },
        "parts": {
            "a to q, threads": _figures(*_part(pool, likely, ~plain), limits),
            "r to w, plain mail of one hand": _figures(*_part(pool, likely, plain), limits),
            "hard cases": _figures(*_part(pool, likely, np.isin(author, settings["hard"]["authors"])), limits),
            f"under {SHORT} words": _figures(*_part(pool, likely, words < SHORT), limits),
        },
        "foreign": {
            name: _figures(*_part(foreign, of_foreign, foreign_author == name), limits) for name in folds["foreign"]
        },
        "macro_f1_by_author": {
            str(name): round(_macro_f1(pool.truth[author == name], said[author == name]), 3)
            for name in np.unique(author)
        },
    }


def _authors(mails: Sequence[corpus.Mail], held_out: HeldOut) -> Array:
    return np.array([mails[at].author for at in held_out.mail])


def of_shipped(mails: Sequence[corpus.Mail], shipped: SpacyClassifier) -> dict[str, Any]:
    """What the pipeline that ships says, cues not heard, of mail that none of it was taught on."""
    said = shipped.classify([OwnWords(mail.subject, mail.own) for mail in mails])
    likely = np.array(
        [
            [each.probabilities[label] for label in LABELS]
            + [sum(each.tension_probabilities[level:]) for level in range(1, corpus.LEVELS)]
            for each in said
        ]
    )
    return _figures(np.array([mail.targets() for mail in mails]), likely, blending.limits(encoder_settings.config()))


def _part(held_out: HeldOut, likely: Array, here: Array) -> tuple[Array, Array]:
    return held_out.truth[here], likely[here]


def _figures(truth: Array, likely: Array, limits: Array) -> dict[str, Any]:
    said = likely >= limits
    by_label = {
        label.value: _rounded(
            dict(
                zip(("precision", "recall", "f1"), metrics.precision_recall_f1(truth[:, at], said[:, at]), strict=True)
            )
            | {"ece": metrics.calibration_error(truth[:, at], likely[:, at])}
        )
        for at, label in enumerate(LABELS)
    }
    of_labels = likely[:, : len(LABELS)]
    cuts = range(len(LABELS), len(TARGETS))
    ece = np.mean([metrics.calibration_error(truth[:, at], likely[:, at]) for at in cuts])
    return {
        "readings": len(truth),
        "labels": by_label
        | _rounded(
            {
                "macro_f1": _macro_f1(truth, said),
                "ece": np.mean([each["ece"] for each in by_label.values()]),
                "unsure_share": ((of_labels >= UNSURE_FROM) & (of_labels <= UNSURE_TO)).mean(),
                "all_three_right": (truth[:, : len(LABELS)] == said[:, : len(LABELS)]).all(axis=1).mean(),
            }
        ),
        "tension": _tension(_level(truth), _levels(likely, limits)) | {"ece": round(float(ece), 3)},
    }


def _tension(level: Array, said: Array) -> dict[str, float]:
    precision, recall, _ = metrics.precision_recall_f1(level >= LIVID, said >= LIVID)
    return _rounded(
        {
            "kappa_quadratic": metrics.quadratic_kappa(level, said),
            "mean_absolute_error": np.abs(level - said).mean(),
            "exact": (level == said).mean(),
            "two_or_more_off": (np.abs(level - said) > 1).mean(),
            "tense_f1": metrics.precision_recall_f1(level > 1, said > 1)[2],
            "livid_precision": precision,
            "livid_recall": recall,
        }
    )


def _with_cues(mails: Sequence[corpus.Mail], pool: HeldOut, likely: Array, limits: Array) -> dict[str, float]:
    settled = []
    for at, row, level in zip(pool.mail, likely, _levels(likely, limits), strict=True):
        said = Classification(frozenset(), {}, Tension(int(level)), level_probabilities(row))
        settled.append(int(settle(said, find_cues(mails[at].subject, mails[at].own))))
    return _tension(_level(pool.truth), np.array(settled))


def _level(truth: Array) -> Array:
    return np.asarray(truth[:, CUTS].sum(axis=1))


def _levels(likely: Array, limits: Array) -> Array:
    return np.array([level_at(row, limits) for row in likely])


def evidence_hits(mails: Sequence[corpus.Mail], held_out: HeldOut, reach: float) -> dict[str, float]:
    """How often the words shown cover a span that an annotator marked, of what the annotator found."""
    met: dict[str, list[bool]] = {}
    for row, at in enumerate(held_out.mail):
        mail, here = mails[at], held_out.clauses_of(row)
        pieces = [Clause(int(start), int(end)) for start, end, _ in held_out.clauses[here]]
        joined = [bool(on_line) for on_line in held_out.clauses[here, 2]]
        own = mail.own
        for name in sorted({span.label for span in mail.evidence}):
            target = len(LABELS) if name == TENSION_EVIDENCE else corpus.LABEL_NAMES.index(name)
            said = carrier(held_out.shown[here, target], pieces, joined, reach)
            golds = [(own.find(span.text), len(span.text)) for span in mail.evidence if span.label == name]
            met.setdefault(name, []).append(
                any(metrics.covers(said.start, said.end, gold, gold + length) for gold, length in golds if gold >= 0)
            )
    hits = {name: float(np.mean(met[name])) for name in sorted(met)}
    return _rounded(hits | {"labels": np.mean([hits[name] for name in corpus.LABEL_NAMES])})


def below_floors(figures: dict[str, Any], floors: dict[str, float]) -> list[str]:
    tension, hits = figures["tension"], figures["evidence_hit"]
    reached = {
        "macro_f1": figures["labels"]["macro_f1"],
        "tension_kappa": tension["kappa_quadratic"],
        "tension_tense_f1": tension["tense_f1"],
        "livid_recall": tension["livid_recall"],
        "livid_precision": tension["livid_precision"],
        "label_evidence_hit": hits["labels"],
        "tension_evidence_hit": hits[TENSION_EVIDENCE],
    }
    failed = [f"{name} {figure} is below {floors[name]}" for name, figure in reached.items() if figure < floors[name]]
    if figures["labels"]["ece"] > floors["ece_at_most"]:
        failed.append(f"ece {figures['labels']['ece']} is above {floors['ece_at_most']}")
    return failed


def _macro_f1(truth: Array, said: Array) -> float:
    return float(np.mean([metrics.precision_recall_f1(truth[:, at], said[:, at])[2] for at in range(len(LABELS))]))


def _rounded(figures: dict[str, Any]) -> dict[str, float]:
    return {name: round(float(figure), 3) for name, figure in figures.items()}


if __name__ == "__main__":
    sys.exit(main())
