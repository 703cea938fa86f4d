"""Teaches one encoder: `teach_encoder.py 0` without the first group of authors, `teach_encoder.py all` with everybody.

One thread and one seed: the same machine makes the same weights. A checkpoint that is there already is kept.
`teach_encoder.py more` teaches the one of everybody on: lone sentences of calm mail, and some of all mail, so that
it is not forgotten.
"""

import sys
import time
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from thinc.api import Config
from torch import Tensor
from torch.nn import functional

import corpus
from clientinbox.edge.nlp.wordpiece import WordPiece
from encoder_items import UNKNOWN, Item, calm_clauses, items
from encoder_settings import EVERYBODY, MORE, checkpoint, config, left_out, made_of
from network import CUTS, LABELS, LEVELS, Network
from pieces import all_pieces, kept_pieces

_SORTED_TOGETHER = 50
"""Batches whose messages are sorted by length, so that little is padding."""


def main() -> int:
    name = sys.argv[1]
    settings = config()
    mails = [mail for mail in corpus.load() if mail.author not in settings["folds"]["unseen"]]
    if name == MORE:
        return teach_more(mails, settings)
    taught = mails if name == EVERYBODY else [m for m in mails if m.author not in left_out(settings, int(name))]
    saved, stamp = checkpoint(name), made_of(settings, taught)
    if saved.exists() and torch.load(saved, weights_only=True)["made_of"] == stamp:
        print(f"{saved} is there already", flush=True)
        return 0
    kept = kept_pieces(settings["encoder"]["package"], settings["encoder"]["pieces"], mails)
    network = new_network(settings, kept)
    teach(network, items(taught, _reader(settings, kept), settings["training"]), settings["training"], name)
    _save(name, stamp, kept, network)
    return 0


def teach_more(mails: list[corpus.Mail], settings: Config) -> int:
    saved = torch.load(checkpoint(EVERYBODY), weights_only=True)
    training = {**settings["training"], **settings["more"]}
    reader = _reader(settings, saved["kept"])
    random = np.random.default_rng(training["seed"])
    again = [mails[at] for at in random.permutation(len(mails))[: training["again"]]]
    network = new_network(settings, saved["kept"])
    network.load_state_dict(saved["network"], strict=False)
    teach(network, [*items(again, reader, training), *calm_clauses(mails, reader, training)], training, MORE)
    _save(MORE, made_of(settings, mails), saved["kept"], network)
    return 0


def _reader(settings: Config, kept: list[int]) -> WordPiece:
    every = all_pieces(settings["encoder"]["package"])
    return WordPiece([every[at] for at in kept])


def _save(name: str, stamp: str, kept: list[int], network: Network) -> None:
    saved = checkpoint(name)
    saved.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"made_of": stamp, "kept": kept, "network": _taught_values(network)}, saved.with_suffix(".part"))
    saved.with_suffix(".part").rename(saved)


def _taught_values(network: Network) -> dict[str, Tensor]:
    return {
        name: value for name, value in network.state_dict().items() if not name.startswith(("words.", "positions."))
    }


def new_network(settings: Config, kept: list[int]) -> Network:
    """As it comes, with heads that know nothing; from here on chance runs by the seed."""
    encoder = settings["encoder"]
    torch.set_num_threads(1)
    torch.manual_seed(settings["training"]["seed"])
    return Network(encoder["package"], encoder["heads"], kept, encoder["frozen"], settings["training"]["dropout"])


def teach(network: Network, made: list[Item], training: dict, name: str) -> None:
    random = np.random.default_rng(training["seed"])
    heads = [
        value
        for part in (network.labels, network.cuts, network.levels, network.carriers)
        for value in part.parameters()
    ]
    body = [value for layer in network.layers[network.frozen :] for value in layer.parameters()]
    states = _lower_states(network.eval(), made)
    optimiser = torch.optim.AdamW([{"params": body}, {"params": heads}], weight_decay=training["weight_decay"])
    rates = (training["encoder_rate"], training["head_rate"])
    lengths = np.array([len(item.ids) for item in made])
    steps = training["epochs"] * -(-len(made) // training["batch"])
    print(f"{name}: {len(made)} items, {steps} steps", flush=True)
    network.train()
    step = 0
    for epoch in range(training["epochs"]):
        began, total = time.monotonic(), 0.0
        for batch in _batches(lengths, training["batch"], random):
            share = min(1.0, (step + 1) / (training["warm_up"] * steps)) * max(0.02, 1 - step / steps)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * share
            loss = _loss(network, [made[at] for at in batch], [states[at] for at in batch], training["evidence_weight"])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body, 1.0)
            optimiser.step()
            step, total = step + 1, total + loss.item()
            if step % 50 == 0:
                print(f"{name}: step {step}, {time.monotonic() - began:.0f} s", flush=True)
        mean = total * training["epochs"] / steps
        print(f"{name}: epoch {epoch + 1}, loss {mean:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    network.eval()


def _batches(lengths: NDArray[np.int64], size: int, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    shuffled = random.permutation(len(lengths))
    together = size * _SORTED_TOGETHER
    batches = []
    for start in range(0, len(shuffled), together):
        part = shuffled[start : start + together]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[at : at + size] for at in range(0, len(part), size)]
    for at in random.permutation(len(batches)):
        yield batches[at]


def _lower_states(network: Network, made: list[Item]) -> list[Tensor]:
    """What the frozen layers make of each item, without padding."""
    states: list[Tensor] = [torch.empty(0)] * len(made)
    shortest_first = sorted(range(len(made)), key=lambda at: len(made[at].ids))
    for start in range(0, len(made), 16):
        batch = shortest_first[start : start + 16]
        longest = len(made[batch[-1]].ids)
        ids, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(2))
        for row, at in enumerate(batch):
            ids[row, : len(made[at].ids)] = torch.tensor(made[at].ids)
            mask[row, : len(made[at].ids)] = 1
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            lower = network.lower(ids, mask)
        for row, at in enumerate(batch):
            states[at] = lower[row, : len(made[at].ids)].bfloat16()
    return states


def _loss(network: Network, batch: list[Item], lower: list[Tensor], evidence_weight: float) -> Tensor:
    longest = max(len(item.ids) for item in batch)
    states = torch.zeros(len(batch), longest, lower[0].shape[1])
    mask = torch.zeros(len(batch), longest, dtype=torch.long)
    carried = torch.full((len(batch), longest, batch[0].carried.shape[1]), UNKNOWN)
    for at, item in enumerate(batch):
        states[at, : len(item.ids)] = lower[at].float()
        mask[at, : len(item.ids)] = 1
        carried[at, : len(item.ids)] = torch.from_numpy(item.carried)
    labels = torch.tensor([item.labels for item in batch])
    tension = torch.tensor([item.tension for item in batch])
    weight = torch.tensor([item.weight for item in batch])
    tension_weight = torch.tensor([item.tension_weight for item in batch])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        message, pieces, _ = network.upper(states, mask)
    said, cuts, levels = message.split((LABELS, CUTS, LEVELS), dim=1)
    of_labels = _known_loss(said, labels).sum(1) / LABELS
    reached = (tension[:, None] >= torch.arange(1, LEVELS)[None]).float()
    of_cuts = functional.binary_cross_entropy_with_logits(cuts, reached, reduction="none").mean(1)
    of_levels = functional.cross_entropy(levels, tension, reduction="none")
    of_message = (weight * of_labels + tension_weight * (of_cuts + 0.5 * of_levels)).sum() / weight.sum()
    of_pieces = _known_loss(pieces, carried).sum() / (carried != UNKNOWN).sum().clamp(min=1)
    return of_message + evidence_weight * of_pieces


def _known_loss(logits: Tensor, targets: Tensor) -> Tensor:
    each = functional.binary_cross_entropy_with_logits(logits, targets.clamp(min=0), reduction="none")
    return each * (targets != UNKNOWN)


if __name__ == "__main__":
    sys.exit(main())
