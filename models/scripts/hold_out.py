"""Reads every message with models that never saw its author: what the blend is fitted on and all figures come from.

For each group of authors an encoder was taught without them, and a linear model is fitted here. The `foreign` authors
are read by all of those and are in no choice. `hold_out.py 0 1` reads with the first two alone.
"""

import sys

import numpy as np
from thinc.api import Config

import corpus
import encoder_settings
import readings
import training
from clientinbox.edge.nlp.encoder import Encoder
from clientinbox.edge.nlp.impression import impression
from clientinbox.edge.nlp.linear import TARGETS
from export import exported


def main() -> int:
    settings = encoder_settings.config()
    mails = corpus.load()
    folds = settings["folds"]
    known = {
        author for group in (*folds["groups"], folds["foreign"], folds["later"], folds["unseen"]) for author in group
    }
    if missing := {mail.author for mail in mails} - known:
        print(f"configs/encoder.cfg has no place for the authors {sorted(missing)}", file=sys.stderr)
        return 1
    for fold in [int(name) for name in sys.argv[1:]] or range(len(folds["groups"])):
        read(fold, mails, settings)
        print(f"held out {' '.join(folds['groups'][fold])}", flush=True)
    return 0


def read(fold: int, mails: list[corpus.Mail], settings: Config) -> None:
    out = encoder_settings.left_out(settings, fold)
    linear = training.fitted_linear([mail for mail in mails if mail.author not in out])
    encoder = Encoder(*exported(str(fold), settings))
    rows = [
        (at, impression(linear, encoder(mail.text), mail.subject, mail.own))
        for at, mail in enumerate(mails)
        if mail.author in out and mail.author not in settings["folds"]["unseen"]
    ]
    file = readings.file_of(fold)
    file.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        file,
        mail=np.array([at for at, _ in rows]),
        fold=np.full(len(rows), fold),
        truth=np.array([mails[at].targets() for at, _ in rows]),
        inputs=np.stack([said.inputs for _, said in rows]),
        clauses=np.array(
            [
                (piece.start, piece.end, joined)
                for _, said in rows
                for piece, joined in zip(said.pieces, said.joined, strict=True)
            ]
        ),
        shown=np.concatenate([np.stack([said.shown(at) for at in range(len(TARGETS))], axis=1) for _, said in rows]),
        first=np.concatenate(([0], np.cumsum([len(said.pieces) for _, said in rows]))),
    )


if __name__ == "__main__":
    sys.exit(main())
