"""How encoder and linear model make one probability: a logistic curve over what both say of the whole and its clauses.

The encoder understands, the linear model counts words; each is wrong where the other is not. The curve is fitted on
authors that neither had seen, so that "70 %" happens seven times in ten.
"""

from dataclasses import dataclass

import numpy as np

from clientinbox.edge.nlp.linear import LABELS, TARGETS, Floats

INPUTS = ("encoder", "encoder_strongest", "linear", "linear_strongest")
"""Log-odds of the message and of its strongest clause, from either."""


@dataclass(frozen=True, slots=True)
class Blend:
    """probability = 1 / (1 + exp(-(weights · inputs + offset))), for each target."""

    weights: Floats
    """A row a target, a column each of INPUTS."""
    offset: Floats
    reach: float
    """How much less a clause may tell (in log-odds) and still be shown beside the one that tells most."""
    limits: Floats
    """A target holds from this probability on."""

    def __post_init__(self) -> None:
        if self.weights.shape != (len(TARGETS), len(INPUTS)) or any(
            each.shape != (len(TARGETS),) for each in (self.offset, self.limits)
        ):
            raise ValueError(f"the numbers of the blend do not fit {len(TARGETS)} targets and {len(INPUTS)} inputs")

    def __call__(self, inputs: Floats) -> Floats:
        return likely(self.sums(inputs))

    def sums(self, inputs: Floats) -> Floats:
        """Log-odds. `inputs`: a row a target, a column each of INPUTS, for one message or for many."""
        return np.asarray((self.weights * inputs).sum(axis=-1) + self.offset, np.float32)


def likely(sums: Floats) -> Floats:
    """Log-odds of each target → probabilities; a higher level of tension never comes out likelier than a lower one."""
    each = np.asarray(1.0 / (1.0 + np.exp(-sums)), np.float32)
    each[..., len(LABELS) :] = np.minimum.accumulate(each[..., len(LABELS) :], axis=-1)
    return each


def strongest(carried: Floats) -> Floats:
    """Of what clauses carry (a row each), the strongest for each target; the cuts of tension share one."""
    highest = carried.max(axis=0)
    return np.concatenate((highest, np.repeat(highest[-1:], len(TARGETS) - len(highest))))
