"""Fits the linear model on all authors, the blend on the held-out readings, and writes the spaCy pipeline."""

import hashlib
import sys

import spacy

import blending
import corpus
import encoder_settings
import readings
import training
from clientinbox.edge.nlp.component import MailReader
from clientinbox.edge.nlp.linear import LinearModel
from clientinbox.edge.nlp.storage import Encoding, Trained, packed
from export import exported

NAME = "encoder"
VERSION = "2"


def main() -> int:
    settings = encoder_settings.config()
    mails = corpus.load()
    held_out = readings.load(len(settings["folds"]["groups"]))
    seen = held_out.where(readings.pooled(held_out, mails, settings["folds"]))
    linear = training.fitted_linear([mail for mail in mails if mail.author not in settings["folds"]["unseen"]])
    model = LinearModel(linear.model.weights, linear.model.bias, blending.fitted_curve(seen), linear.model.limits)
    onnx, pieces = exported(encoder_settings.MORE, settings)
    trained = Trained(linear.vectoriser, model, Encoding(onnx, tuple(pieces), blending.fitted_blend(seen, settings)))

    nlp = spacy.blank("en")
    nlp.meta.update(
        name=f"mail_reader_{NAME}",
        # The digest makes each training a version of its own: verdicts of another one are made again.
        version=f"{VERSION}+{digest(trained)}",
        description="Labels, tension and evidence of client mail: a small encoder beside counted words, no network.",
        author="the clientinbox authors",
        license="MIT",
        spacy_version=">=3.8,<4.0",
    )
    reader = nlp.add_pipe("mail_reader")
    assert isinstance(reader, MailReader)  # noqa: S101 - tells the type checker what the factory made
    reader.take(trained)
    nlp.to_disk(encoder_settings.TRAINING / "pipeline", exclude=["vocab"])
    print(f"{nlp.meta['name']} {nlp.meta['version']}: {linear.vectoriser.width} terms, {len(pieces)} pieces")
    return 0


def digest(trained: Trained) -> str:
    parts = packed(trained)
    return hashlib.sha256(b"".join(parts[name] for name in sorted(parts))).hexdigest()[:8]


if __name__ == "__main__":
    sys.exit(main())
