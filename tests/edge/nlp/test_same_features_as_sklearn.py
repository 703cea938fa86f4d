"""Our counting against scikit-learn's own: golden vectors that models/scripts/golden_vectors.py wrote with it."""

import json
from pathlib import Path

import numpy as np
import pytest

from clientinbox.edge.nlp.vectoriser import Terms, Vectoriser

GOLDEN = json.loads((Path(__file__).parent / "golden_vectors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def vectoriser() -> Vectoriser:
    words, runs = (
        Terms(tuple(kind["terms"]), np.asarray(kind["idf"], np.float32), kind["shortest"], kind["longest"])
        for kind in (GOLDEN["words"], GOLDEN["runs"])
    )
    return Vectoriser(words, runs)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=range(len(GOLDEN["cases"])))
def test_a_text_gets_the_vector_that_scikit_learn_gives_it(
    vectoriser: Vectoriser, case: dict[str, list[float]]
) -> None:
    features = vectoriser(str(case["text"]))
    assert features.ids.tolist() == case["ids"]
    assert features.values == pytest.approx(case["values"], abs=1e-5)


def test_leaving_a_part_out_counts_as_if_it_were_not_there(vectoriser: Vectoriser) -> None:
    first, second = "The site is late.", "It is not acceptable."
    left = vectoriser.counts(f"{first}\n\n{second}").without(vectoriser.counts(second))
    alone = vectoriser.counts(first)
    assert left.runs.ids.tolist() == alone.runs.ids.tolist()
    assert left.runs.times.tolist() == alone.runs.times.tolist()
    assert set(alone.words.ids.tolist()) <= set(left.words.ids.tolist())
