"""The figures of the model card: how often decisions, levels, probabilities and evidence are right."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]


def precision_recall_f1(truth: Array, said: Array) -> tuple[float, float, float]:
    truth, said = truth.astype(bool), said.astype(bool)
    hits = int((truth & said).sum())
    precision = hits / max(1, int(said.sum()))
    recall = hits / max(1, int(truth.sum()))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def quadratic_kappa(truth: Array, said: Array, levels: int = 4) -> float:
    """Cohen's κ where a miss of two levels weighs four times a miss of one."""
    table = np.zeros((levels, levels))
    np.add.at(table, (truth, said), 1)
    by_chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    weight = (np.arange(levels)[:, None] - np.arange(levels)[None]) ** 2
    return float(1 - (weight * table).sum() / (weight * by_chance).sum())


def calibration_error(truth: Array, likely: Array, bins: int = 10) -> float:
    """Expected calibration error: how far "70 %" is from happening seven times in ten."""
    place = np.minimum((likely * bins).astype(int), bins - 1)
    return float(
        sum(
            (place == at).mean() * abs(truth[place == at].mean() - likely[place == at].mean())
            for at in range(bins)
            if (place == at).any()
        )
    )


def covers(start: int, end: int, gold_start: int, gold_end: int) -> bool:
    """Whether a span covers at least 60 % of what an annotator marked."""
    return min(end, gold_end) - max(start, gold_start) >= 0.6 * (gold_end - gold_start)
