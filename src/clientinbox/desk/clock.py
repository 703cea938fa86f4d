"""What time it is: a thing that can be given to a desk or an engine, so that the demo runs on another day.

Rooms take `now` as an argument; the doors and the engine ask one of these.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class OffsetClock:
    """The system's clock, set ahead (or back) by a fixed span: the form in which a clock crosses to another process."""

    offset: timedelta

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset
