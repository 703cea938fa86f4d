"""How long to wait before a connection is tried again."""

import random
from collections.abc import Callable

_FIRST_S, _LAST_S = 1.0, 300.0


class Backoff:
    """1 s, 2 s, 4 s … 300 s, each cut by up to half by chance, so that not all clients of a server come at once."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._failures = 0

    def next(self) -> float:
        """Seconds."""
        longest = min(_LAST_S, _FIRST_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return longest * (1 - self._chance() / 2)

    def reset(self) -> None:
        self._failures = 0
