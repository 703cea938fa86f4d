"""The demo's clock: it starts at the story's Tuesday morning, runs, and can be moved on by `demo next`."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class DemoClock:
    def __init__(self, start: datetime, elapsed: Callable[[], float] = time.monotonic) -> None:
        """`start` is aware; `elapsed` counts seconds from any origin and never goes back."""
        self._start = start.astimezone(UTC)
        self._elapsed = elapsed
        self._started = elapsed()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed() - self._started)

    def advance_to(self, moment: datetime) -> None:
        """Move on to a moment; never back."""
        now = self.now()
        self._start += max(moment.astimezone(UTC) - now, timedelta())

    def offset(self) -> timedelta:
        """How far ahead of the system's clock this one is: `OffsetClock(offset)` shows the same time elsewhere."""
        return self.now() - datetime.now(UTC)
