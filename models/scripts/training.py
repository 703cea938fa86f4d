"""Fits terms, weights and the curve with scikit-learn, and hands them over in the shapes the program uses."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from thinc.api import Config

from clientinbox.edge.nlp.linear import LABELS, TARGETS, Curve, LinearModel
from clientinbox.edge.nlp.storage import Trained
from clientinbox.edge.nlp.vectoriser import Terms, Vectoriser
from clientinbox.triage.labels import TENSION_EVIDENCE
from corpus import LABEL_NAMES, LEVELS, Mail

UNKNOWN = -1
"""A target that an item says nothing about."""
Floats = NDArray[np.float32]
CONFIG = Path(__file__).resolve().parents[1] / "configs" / "linear.cfg"


def config() -> Config:
    return Config().from_disk(CONFIG)


@dataclass(frozen=True, slots=True)
class Items:
    """What the weights are fitted on: whole messages, and evidence spans beside them."""

    texts: list[str]
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]


def fitted_terms(texts: list[str], settings: Config) -> Vectoriser:
    return Vectoriser(
        words=_terms(_words(settings["words"]), texts, settings["words"]),
        runs=_terms(_runs(settings["runs"]), texts, settings["runs"]),
    )


def _words(kind: dict) -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(kind["shortest"], kind["longest"]), **_common(kind))


def _runs(kind: dict) -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(kind["shortest"], kind["longest"]), **_common(kind))


def _common(kind: dict) -> dict:
    return {"min_df": kind["min_df"], "max_features": kind["max_features"], "sublinear_tf": True}


def _terms(fitter: TfidfVectorizer, texts: list[str], kind: dict) -> Terms:
    fitter.fit(texts)
    return Terms(
        terms=tuple(fitter.get_feature_names_out().tolist()),
        idf=np.asarray(fitter.idf_, np.float32),
        shortest=kind["shortest"],
        longest=kind["longest"],
    )


def items(mails: list[Mail], settings: Config) -> Items:
    """A span teaches its own labels; of its message's other labels it says nothing, and the ones the message
    lacks it lacks too.
    """
    training = settings["training"]
    texts, targets, weights = [], [], []
    for mail in mails:
        texts.append(mail.text)
        targets.append(mail.targets())
        weights.append(1.0)
        carried: dict[str, set[str]] = {}
        for span in mail.evidence:
            carried.setdefault(span.text, set()).add(span.label)
        for text, names in carried.items():
            if len(text.split()) < training["shortest_span_words"]:
                continue
            texts.append(text)
            targets.append(_span_targets(mail, names))
            weights.append(training["span_weight"])
    return Items(texts, np.array(targets), np.array(weights))


def _span_targets(mail: Mail, names: set[str]) -> list[int]:
    labels = [1 if name in names else UNKNOWN if name in mail.labels else 0 for name in LABEL_NAMES]
    cuts = [int(mail.tension >= level) if TENSION_EVIDENCE in names else UNKNOWN for level in range(1, LEVELS)]
    return labels + cuts


def matrix(vectoriser: Vectoriser, texts: list[str]) -> csr_matrix:
    features = [vectoriser(text) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(each.ids) for each in features])
    ids = np.concatenate([each.ids for each in features])
    values = np.concatenate([each.values for each in features])
    return csr_matrix((values, (rows, ids)), shape=(len(texts), vectoriser.width))


def fitted_weights(vectoriser: Vectoriser, taught: Items, settings: Config) -> tuple[Floats, Floats]:
    """Weights (a row a feature, a column a target) and bias."""
    features = matrix(vectoriser, taught.texts)
    columns, bias = [], []
    for target in range(len(TARGETS)):
        known = np.flatnonzero(taught.targets[:, target] != UNKNOWN)
        fitter = LogisticRegression(
            C=settings["training"]["c"],
            class_weight="balanced",
            solver="liblinear",
            random_state=settings["training"]["seed"],
        ).fit(features[known], taught.targets[known, target], sample_weight=taught.weights[known])
        columns.append(fitter.coef_[0])
        bias.append(fitter.intercept_[0])
    return np.stack(columns, axis=1).astype(np.float32), np.array(bias, np.float32)


def fitted_curve(whole: Floats, strongest: Floats, truth: NDArray[np.int64]) -> Curve:
    """Platt's logistic curve over two sums, on messages whose authors the weights have not seen."""
    fits = [
        LogisticRegression(C=10.0).fit(np.stack((whole[:, at], strongest[:, at]), axis=1), truth[:, at])
        for at in range(len(TARGETS))
    ]
    slopes = np.array([fit.coef_[0] for fit in fits], np.float32)
    return Curve(slopes[:, 0], slopes[:, 1], np.array([fit.intercept_[0] for fit in fits], np.float32))


def uncalibrated(vectoriser: Vectoriser, weights: Floats, bias: Floats, settings: Config) -> Trained:
    ones, zeros = np.ones(len(TARGETS), np.float32), np.zeros(len(TARGETS), np.float32)
    return Trained(vectoriser, LinearModel(weights, bias, Curve(ones, zeros, zeros), limits(settings)))


def limits(settings: Config) -> Floats:
    names = [*(label.value for label in LABELS), *(f"tension_{level}" for level in range(1, LEVELS))]
    return np.array([settings["limits"][name] for name in names], np.float32)


def fitted_linear(mails: list[Mail]) -> Trained:
    settings = config()
    taught = items(mails, settings)
    vectoriser = fitted_terms(taught.texts, settings)
    return uncalibrated(vectoriser, *fitted_weights(vectoriser, taught, settings), settings)
