"""What holds of a message: the model's word, unless a person has given theirs."""

from collections.abc import Collection, Mapping

from clientinbox.edge.store.rows import StoredMessage
from clientinbox.triage.labels import Label


def effective_labels(message: StoredMessage) -> tuple[str, ...]:
    """The model's labels, as a person corrected them, in the guide's order."""
    said = frozenset[Label]() if message.verdict is None else message.verdict.classification.labels
    return labels_in_force(said, message.corrections)


def labels_in_force(said: Collection[str], corrections: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(label.value for label in Label if corrections.get(label.value, int(label in said)) == 1)


def effective_unsure(message: StoredMessage) -> tuple[str, ...]:
    unsure = frozenset[Label]() if message.verdict is None else message.verdict.classification.unsure
    return tuple(label.value for label in Label if label in unsure and label.value not in message.corrections)


def effective_tension(message: StoredMessage) -> int | None:
    """None on our own and automatic mail, and where nothing has judged it yet."""
    if message.ours or message.automatic:
        return None
    if "tension" in message.corrections:
        return message.corrections["tension"]
    return None if message.verdict is None else int(message.verdict.classification.tension)
