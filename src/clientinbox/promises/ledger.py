"""Which confirmed promises are overdue, and how well each side keeps its word.

A promise is a register's row: who confirmed it, confirmed its state too. What may still be proposed from mail is not
in here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

_SAME_THING = 2 / 3
"""Share of the shorter promise's words that the other must have to be about the same thing."""
_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        you your our will have the with and for that this then all its shall get got let can could would should are was
        from not next week month end play day today tomorrow morning afternoon evening monday tuesday wednesday thursday
        friday saturday sunday january february march april may june july august september october november december
        send write make give put bring tell say come back out them they she her him his who what where when how
        """,
    )
)
"""Grammar, time, and the verbs that any promise can have."""


class Side(StrEnum):
    US = "us"
    THEM = "them"


class State(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    LATE = "late"
    """Done, after its day."""
    BROKEN = "broken"
    """Its day passed and nothing came."""


@dataclass(frozen=True, slots=True)
class Promise:
    side: Side
    text: str
    """The words it was made in."""
    state: State
    project: str | None = None
    client: str | None = None
    owner: str = ""
    source: str = ""
    """Message-ID it was made in."""
    made: date | None = None
    due: date | None = None
    """None where no day was named."""
    settled_by: str = ""
    """Message-ID of the proof."""
    settled: date | None = None


@dataclass(frozen=True, slots=True)
class KeptRate:
    kept: int
    late: int
    broken: int

    @property
    def n(self) -> int:
        return self.kept + self.late + self.broken

    @property
    def rate(self) -> float:
        """Smoothed, so that one promise makes nobody an angel or a liar: Beta(1, 1)."""
        return (self.kept + 1) / (self.n + 2)


def promise_from(data: Mapping[str, Any]) -> Promise:
    """A promise from the data of its register row (ISO days)."""
    return Promise(
        side=Side(data.get("side", Side.US)),
        text=data.get("text", ""),
        state=State(data.get("state", State.OPEN)),
        project=data.get("project"),
        client=data.get("client"),
        owner=data.get("owner", ""),
        source=data.get("source", ""),
        made=_day(data.get("made")),
        due=_day(data.get("due")),
        settled_by=data.get("settled_by", ""),
        settled=_day(data.get("settled")),
    )


def overdue(promises: Iterable[Promise], today: date, side: Side = Side.US) -> tuple[Promise, ...]:
    """The promises of a side whose day has passed and which nothing has settled, the latest one first.

    Open ones and broken ones: somebody still waits for what was promised. Where the same thing was promised again,
    the last word stands for all: once that is kept, the earlier ones are closed; while it is not, it alone is overdue.
    """
    made = [promise for promise in promises if promise.side is side]
    waiting = [
        (promise.due, promise)
        for promise in made
        if promise.due is not None
        and promise.due < today
        and promise.state in {State.OPEN, State.BROKEN}
        and not (promise.settled_by or promise.settled)
        and not any(_renews(later, promise) for later in made)
    ]
    return tuple(promise for _, promise in sorted(waiting, key=lambda each: each[0], reverse=True))


def due_between(promises: Iterable[Promise], first: date, last: date, side: Side = Side.US) -> tuple[Promise, ...]:
    """The open promises of a side whose day lies from the first to the last one, as their last word has it."""
    made = [promise for promise in promises if promise.side is side]
    return tuple(
        promise
        for promise in made
        if promise.due is not None
        and first <= promise.due <= last
        and promise.state is State.OPEN
        and not (promise.settled_by or promise.settled)
        and not any(_renews(later, promise) for later in made)
    )


def _renews(later: Promise, earlier: Promise) -> bool:
    """Whether a promise made later is about the same thing to the same client."""
    if later.made is None or earlier.made is None or later.made <= earlier.made:
        return False
    if (later.client, later.project) != (earlier.client, earlier.project):
        return False
    one, other = _things(later.text), _things(earlier.text)
    return bool(one and other) and len(one & other) / min(len(one), len(other)) >= _SAME_THING


def _things(text: str) -> set[str]:
    """The words of a promise that say what was promised: neither grammar nor time."""
    return {word for word in re.findall(r"[^\W\d_]{3,}", text.casefold()) if word not in _EMPTY_WORDS}


def kept_rate(promises: Iterable[Promise], side: Side = Side.US) -> KeptRate:
    """How many promises of a side were kept, late, broken; open ones do not count yet."""
    states = [promise.state for promise in promises if promise.side is side]
    return KeptRate(*(states.count(state) for state in (State.KEPT, State.LATE, State.BROKEN)))


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
