"""Where what a user's corrections taught is kept: one numbered folder a training, and which of them is in use.

Nothing is overwritten, so that a step back is always there. Files are the user's alone (0600).
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from clientinbox.edge.nlp.own_head import OwnHead
from clientinbox.edge.nlp.version import IN_USE, SHIPPED, own_number

_LOCK, _HEAD, _ABOUT = "lock", "head.npz", "about.json"


@dataclass(frozen=True, slots=True)
class About:
    """What is known of one training."""

    made_on: str
    """The version of the shipped model whose sums it corrects."""
    made_at: str
    corrections: int
    held_out: int
    """Corrected decisions that were not trained on."""
    wrong_before: int
    wrong_after: int
    p_value: float
    """McNemar's, exact: how likely such a gain is by chance."""


class TrainingRuns(Exception):
    """Another process is training."""


class OwnModels:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def number(self) -> int:
        return own_number(self._folder)

    def about(self, number: int) -> About:
        """Raise `OSError` or `ValueError` when there is none or it is damaged."""
        try:
            return About(**json.loads((self._of(number) / _ABOUT).read_text(encoding="utf-8")))
        except TypeError as exc:
            raise ValueError("what is known of a training is damaged") from exc

    def head(self, shipped: str) -> OwnHead | None:
        """The head in use, if it was made on the model that ships now; of an earlier one it says nothing."""
        number = self.number()
        if number == SHIPPED:
            return None
        try:
            if self.about(number).made_on != shipped:
                return None
            return OwnHead.from_bytes((self._of(number) / _HEAD).read_bytes())
        except (OSError, ValueError):
            return None

    def adopt(self, head: OwnHead, about: About) -> int:
        number = max((int(each.name) for each in self._folder.glob("[0-9]*")), default=0) + 1
        _private_folder(self._of(number))
        _write(self._of(number) / _HEAD, head.to_bytes())
        _write(self._of(number) / _ABOUT, f"{json.dumps(asdict(about), indent=1)}\n".encode())
        self.use(number)
        return number

    def use(self, number: int) -> None:
        """From the next look on the engine reads with it; SHIPPED is the model as it came."""
        _private_folder(self._folder)
        _write(self._folder / IN_USE, str(number).encode())

    @contextmanager
    def training(self) -> Iterator[None]:
        """One at a time. Raise `TrainingRuns`."""
        _private_folder(self._folder)
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise TrainingRuns from exc
            yield
        finally:
            os.close(descriptor)

    def _of(self, number: int) -> Path:
        return self._folder / f"{number:04}"


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
