"""Fits the curve that makes one probability of encoder and linear model, on authors that neither has seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from thinc.api import Config

import training
from clientinbox.edge.nlp.blend import INPUTS, Blend
from clientinbox.edge.nlp.linear import LABELS, TARGETS, Curve, Floats
from corpus import LEVELS
from readings import HeldOut

_LINEAR = (INPUTS.index("linear"), INPUTS.index("linear_strongest"))


def fitted_blend(held_out: HeldOut, settings: Config) -> Blend:
    fits = [LogisticRegression(C=1.0).fit(held_out.inputs[:, at], held_out.truth[:, at]) for at in range(len(TARGETS))]
    return Blend(
        weights=np.array([fit.coef_[0] for fit in fits], np.float32),
        offset=np.array([fit.intercept_[0] for fit in fits], np.float32),
        reach=settings["blend"]["reach"],
        limits=limits(settings),
    )


def fitted_curve(held_out: HeldOut) -> Curve:
    """Of the linear model alone."""
    whole, strongest = (held_out.inputs[:, :, at] for at in _LINEAR)
    return training.fitted_curve(whole, strongest, held_out.truth)


def limits(settings: Config) -> Floats:
    names = [*(label.value for label in LABELS), *(f"tension_{level}" for level in range(1, LEVELS))]
    return np.array([settings["blend"][name] for name in names], np.float32)


def by_curve(held_out: HeldOut, curve: Curve) -> NDArray[Any]:
    return curve(*(held_out.inputs[:, :, at] for at in _LINEAR))


def on_others(held_out: HeldOut, asked: HeldOut, judge: Callable[[HeldOut, HeldOut], NDArray[Any]]) -> NDArray[Any]:
    """Probabilities of `asked`, each fold's by what `judge` fits on the other folds of `held_out`."""
    likely = np.zeros(asked.truth.shape, np.float32)
    for fold in np.unique(asked.fold):
        here = asked.fold == fold
        likely[here] = judge(held_out.where(held_out.fold != fold), asked.where(here))
    return likely
