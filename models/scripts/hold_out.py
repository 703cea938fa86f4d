"""Reads every message with weights that never saw its author: what the curve is fitted on and all figures come from."""

import sys

import numpy as np

import corpus
import training


def main() -> int:
    settings = training.config()
    mails = corpus.load()
    groups = settings["folds"]["groups"]
    fold_of = {author: at for at, group in enumerate(groups) for author in group}
    if missing := {mail.author for mail in mails} ^ set(fold_of):
        print(f"configs/linear.cfg and the corpus differ in authors: {sorted(missing)}", file=sys.stderr)
        return 1
    folds = np.array([fold_of[mail.author] for mail in mails])
    read: list[training.HeldOut | None] = [None] * len(mails)
    for fold, group in enumerate(groups):
        taught = training.items([mail for mail, at in zip(mails, folds, strict=True) if at != fold], settings)
        vectoriser = training.fitted_terms(taught.texts, settings)
        trained = training.uncalibrated(vectoriser, *training.fitted_weights(vectoriser, taught, settings), settings)
        for at in np.flatnonzero(folds == fold):
            read[at] = training.held_out(trained, mails[at])
        print(f"held out {' '.join(group)}", flush=True)
    done = [each for each in read if each is not None]
    training.TRAINING.mkdir(exist_ok=True)
    np.savez_compressed(
        training.TRAINING / "held_out.npz",
        fold=folds,
        truth=np.array([mail.targets() for mail in mails]),
        whole=np.stack([each.whole for each in done]),
        strongest=np.stack([each.strongest for each in done]),
        carriers=np.array([[(clause.start, clause.end) for clause in each.carriers] for each in done]),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
