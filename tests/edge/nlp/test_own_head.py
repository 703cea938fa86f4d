"""What corrections teach: it moves what they speak of, leaves the rest, and is the same each time."""

import numpy as np
import pytest

from clientinbox.edge.nlp.own_head import UNKNOWN, OwnHead, fitted


def taught() -> tuple[OwnHead, np.ndarray]:
    random = np.random.default_rng(1)
    features = random.normal(size=(60, 8)).astype(np.float32)
    features[:, 0] = np.where(np.arange(60) % 2, 6.0, -6.0)
    truth = np.full((60, 6), UNKNOWN)
    truth[:, 1] = np.arange(60) % 2
    return fitted(features, np.zeros((60, 6), np.float32), truth), features


def test_it_learns_the_target_that_was_corrected_and_no_other() -> None:
    head, features = taught()
    assert head(features[1])[1] > 0.5 > -0.5 > head(features[0])[1]
    assert not head.weights[[0, 2, 3, 4, 5]].any()


def test_the_same_corrections_give_the_same_head() -> None:
    assert (taught()[0].weights == taught()[0].weights).all()


def test_it_survives_bytes_and_refuses_damage() -> None:
    head, _ = taught()
    assert (OwnHead.from_bytes(head.to_bytes()).weights == head.weights).all()
    with pytest.raises(ValueError, match="damaged"):
        OwnHead.from_bytes(head.to_bytes()[:50])
