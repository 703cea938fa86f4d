"""Reads every message with models that never saw its author: what the blend is fitted on and all figures come from.

For each group of authors an encoder was taught without them, and a linear model is fitted here. The `foreign` authors
are read by all of those and are in no choice.
"""

import sys

import numpy as np

import corpus
import encoder_settings
import training
from clientinbox.edge.nlp.encoder import Encoder
from clientinbox.edge.nlp.impression import Impression, impression
from clientinbox.edge.nlp.linear import TARGETS
from export import exported
from readings import FILE


def main() -> int:
    settings = encoder_settings.config()
    mails = corpus.load()
    folds = settings["folds"]
    known = {author for group in (*folds["groups"], folds["foreign"], folds["later"]) for author in group}
    if missing := {mail.author for mail in mails} - known:
        print(f"configs/encoder.cfg has no place for the authors {sorted(missing)}", file=sys.stderr)
        return 1
    rows: list[tuple[int, int, Impression]] = []
    for fold, group in enumerate(folds["groups"]):
        out = encoder_settings.left_out(settings, fold)
        linear = training.fitted_linear([mail for mail in mails if mail.author not in out])
        encoder = Encoder(*exported(str(fold), settings))
        rows += [
            (at, fold, impression(linear, encoder(mail.text), mail.subject, mail.own))
            for at, mail in enumerate(mails)
            if mail.author in out
        ]
        print(f"held out {' '.join(group)}", flush=True)
    FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        FILE,
        mail=np.array([at for at, _, _ in rows]),
        fold=np.array([fold for _, fold, _ in rows]),
        truth=np.array([mails[at].targets() for at, _, _ in rows]),
        inputs=np.stack([said.inputs for _, _, said in rows]),
        clauses=np.array(
            [
                (piece.start, piece.end, joined)
                for _, _, said in rows
                for piece, joined in zip(said.pieces, said.joined, strict=True)
            ]
        ),
        shown=np.concatenate([np.stack([said.shown(at) for at in range(len(TARGETS))], axis=1) for _, _, said in rows]),
        first=np.concatenate(([0], np.cumsum([len(said.pieces) for _, _, said in rows]))),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
