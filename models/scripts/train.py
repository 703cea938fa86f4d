"""Fits the model on all authors and writes the spaCy pipeline."""

import hashlib
import sys

import numpy as np
import spacy

import corpus
import training
from clientinbox.edge.nlp.component import MailReader
from clientinbox.edge.nlp.linear import LinearModel
from clientinbox.edge.nlp.storage import Trained, packed

NAME = "linear"
VERSION = "1"


def main() -> int:
    settings = training.config()
    mails = corpus.load()
    held_out = np.load(training.TRAINING / "held_out.npz")
    curve = training.fitted_curve(held_out["whole"], held_out["strongest"], held_out["truth"])
    taught = training.items(mails, settings)
    vectoriser = training.fitted_terms(taught.texts, settings)
    weights, bias = training.fitted_weights(vectoriser, taught, settings)
    trained = Trained(vectoriser, LinearModel(weights, bias, curve, training.limits(settings)))

    nlp = spacy.blank("en")
    nlp.meta.update(
        name=f"mail_reader_{NAME}",
        # The digest makes each training a version of its own: verdicts of another one are made again.
        version=f"{VERSION}+{digest(trained)}",
        description="Labels, tension and evidence of client mail; counted words, no network.",
        author="the clientinbox authors",
        license="MIT",
        spacy_version=">=3.8,<4.0",
    )
    reader = nlp.add_pipe("mail_reader")
    assert isinstance(reader, MailReader)  # noqa: S101 - tells the type checker what the factory made
    reader.trained = trained
    nlp.to_disk(training.TRAINING / "pipeline", exclude=["vocab"])
    print(f"{nlp.meta['name']} {nlp.meta['version']}: {vectoriser.width} terms")
    return 0


def digest(trained: Trained) -> str:
    parts = packed(trained)
    return hashlib.sha256(b"".join(parts[name] for name in sorted(parts))).hexdigest()[:8]


if __name__ == "__main__":
    sys.exit(main())
