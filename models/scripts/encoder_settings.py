"""The configuration of the encoder, and where what training makes is kept."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from thinc.api import Config

from corpus import Mail

CONFIG = Path(__file__).resolve().parents[1] / "configs" / "encoder.cfg"
TRAINING = Path(os.environ.get("CLIENTINBOX_TRAINING", CONFIG.parents[1] / "training"))
"""Hours of work lie here: another folder may be named, so that a fresh checkout finds them."""
EVERYBODY = "all"
MORE = "more"
"""The same, taught on: what ships."""


def config() -> Config:
    return Config().from_disk(CONFIG)


def checkpoint(name: str) -> Path:
    """Of a fold's number, or of EVERYBODY."""
    return TRAINING / f"encoder-{name}.pt"


def made_of(settings: Config, mails: Sequence[Mail]) -> str:
    """Tells one training from another: a checkpoint of other mail or other settings is not kept."""
    taught = [
        (mail.text, sorted(mail.labels), mail.tension, [(s.label, s.text) for s in mail.evidence]) for mail in mails
    ]
    decided = json.dumps([settings["encoder"], settings["training"], taught], sort_keys=True)
    return hashlib.sha256(decided.encode()).hexdigest()[:16]


def left_out(settings: Config, fold: int) -> set[str]:
    """Authors that a fold's models never see."""
    folds = settings["folds"]
    return {*folds["groups"][fold], *folds["foreign"], *folds["later"], *folds["unseen"]}
