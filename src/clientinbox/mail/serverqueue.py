r"""What a person did to mail here and its server is still to hear of: wishes, their sum, and who wins in a conflict.

A wish is absolute, "read", "in the archive", never "toggle" or "one folder up". So repeating one changes nothing, a
later one replaces an earlier one that has not been written yet, and undo is the wish for what was seen before. What is
shown is always what the server had when it was last asked, with the open changes laid over it (`overlay`).

Conflicts end the same way whichever side was first, and whenever the connection breaks:

| meanwhile on the server | then |
| --- | --- |
| nothing | what was done here is written once |
| the same was done there | nothing is written: it is done |
| another flag was changed | both hold: only the flag that was wished for is written |
| the same flag was changed | what was done here wins, once; what is done there afterwards is news like any other |
| the message lies in another folder | a flag follows it; a move is dropped: it stays where it was filed |
| the message is gone | the change is dropped, and said |
| UIDVALIDITY is another | the message is found by its Message-ID |
| the folder to move to is missing | made where that was asked for; else kept here with that reason, and shown |
| the server says NO | kept here with its words, and shown; tried again when somebody asks for a sync |
| the network is gone | kept, tried again with each connection |
| our process died in the middle | the message is looked up, never written blindly: see `next_step` |

An account that is read-only keeps its changes to itself for ever, also when it is not read-only any more later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

SEEN, FLAGGED, ANSWERED = "\\Seen", "\\Flagged", "\\Answered"


@dataclass(frozen=True, slots=True)
class Spot:
    """A folder by its name, its role, or both: offline often the role alone is known."""

    name: str = ""
    role: str = ""
    """As in `ports.Folder`."""

    def same(self, other: "Spot") -> bool:
        if self.role and other.role:  # an account has one folder of each role
            return self.role == other.role
        return bool(self.name) and self.name == other.name

    def __str__(self) -> str:
        return self.name or _ROLE_WORDS.get(self.role, self.role)


_ROLE_WORDS = {"inbox": "INBOX", "archive": "the archive", "trash": "the bin"}

INBOX, ARCHIVE, BIN = Spot("INBOX", "inbox"), Spot(role="archive"), Spot(role="trash")


@dataclass(frozen=True, slots=True)
class SetFlag:
    """On every copy of the message."""

    flag: str
    """A system flag with its backslash, or a keyword."""
    on: bool

    def __str__(self) -> str:
        return f"{'flag' if self.on else 'unflag'} {self.flag}"


@dataclass(frozen=True, slots=True)
class Move:
    """Of the copy in one folder."""

    source: Spot
    target: Spot
    create: bool = False
    """Make the target where it is missing."""

    def __str__(self) -> str:
        return f"move to {self.target}"


Change = SetFlag | Move


class State(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    """Somebody talks to the server about it, or did so when the connection or the process ended."""
    PARKED = "parked"
    """The server will not have it; its words are kept."""
    LOCAL = "local"
    """Never to be written: the account is read-only, or not one of ours."""
    DONE = "done"
    DROPPED = "dropped"
    """What it was about is not there any more; the reason is kept."""
    CANCELLED = "cancelled"
    """A later wish took its place before it was written."""


OPEN = frozenset({State.WAITING, State.SENDING, State.PARKED, State.LOCAL})


@dataclass(frozen=True, slots=True)
class QueuedChange:
    id: int
    """Grows: the order in which a person did things."""
    account: str
    message_id: str
    change: Change
    state: State
    words: str
    """Why it is parked or was dropped; "" otherwise."""
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a message on its server."""

    spot: Spot
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a wish does to the queue of one message."""

    cancel: tuple[int, ...] = ()
    add: Change | None = None


def overlay(copies: Sequence[Copy], queue: Sequence[QueuedChange]) -> tuple[Copy, ...]:
    """What a person sees of one message: the server's copies under the open changes, oldest change first."""
    shown = list(copies)
    for queued in queue:
        change = queued.change
        if isinstance(change, SetFlag):
            shown = [replace(copy, flags=_with(copy.flags, change)) for copy in shown]
            continue
        place = next((n for n, copy in enumerate(shown) if copy.spot.same(change.source)), None)
        if place is not None:
            shown[place] = replace(shown[place], spot=change.target)
        elif queued.state is not State.LOCAL:  # out of a folder that is not synced, as the bin
            shown.append(Copy(change.target, frozenset({SEEN})))
    return tuple(shown)


def _with(flags: frozenset[str], change: SetFlag) -> frozenset[str]:
    return flags | {change.flag} if change.on else flags - {change.flag}


def wish_flag(copies: Sequence[Copy], queue: Sequence[QueuedChange], flag: str, *, on: bool) -> Plan:
    """`queue` holds the open changes of this message, oldest first."""
    replaced = [q for q in queue if isinstance(q.change, SetFlag) and q.change.flag == flag and _idle(q)]
    left = overlay(copies, [q for q in queue if q not in replaced])
    wanted = any((flag in copy.flags) is not on for copy in left)
    return Plan(tuple(q.id for q in replaced), SetFlag(flag, on) if wanted else None)


def wish_move(queue: Sequence[QueuedChange], source: Spot, target: Spot, *, create: bool = False) -> Plan:
    """`source` is where the copy was seen, which may be the end of a move that has not been written yet."""
    if source.same(target):
        return Plan()
    before = next(
        (q for q in reversed(queue) if isinstance(q.change, Move) and q.change.target.same(source) and _idle(q)), None
    )
    if before is None or not isinstance(before.change, Move):
        return Plan(add=Move(source, target, create))
    origin = before.change.source
    return Plan((before.id,), None if origin.same(target) else Move(origin, target, create))


def _idle(queued: QueuedChange) -> bool:
    """Does nobody talk to the server about it?"""
    return queued.state is not State.SENDING


def park(refused: QueuedChange, later: Sequence[QueuedChange]) -> Plan | None:
    """What becomes of a refused change where a later wish built on it; None where none did, and it is parked.

    `later` holds the open changes of the same message that were made after it.
    """
    change = refused.change
    for queued in later:
        if isinstance(change, SetFlag) and isinstance(queued.change, SetFlag) and queued.change.flag == change.flag:
            return Plan((refused.id,))
        if isinstance(change, Move) and isinstance(queued.change, Move) and queued.change.source.same(change.target):
            whole = replace(queued.change, source=change.source)
            return Plan((refused.id, queued.id), None if whole.source.same(whole.target) else whole)
    return None


# ---- against the server


class Act(StrEnum):
    WRITE = "write"
    """Store the flag, or move the message."""
    REMOVE = "remove"
    """The copy is made: only the original is to go."""
    NOTHING = "nothing"
    """The server has it so already."""
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Step:
    act: Act
    words: str = ""
    """Why it is dropped."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server shows of a message, looked up now."""

    there: bool
    """A move: in its source. A flag: anywhere."""
    fulfilled: bool
    """A move: the very same message lies in the target. A flag: every copy has it as wished."""
    elsewhere: str = ""
    """A folder that is neither source nor target and holds it."""


def next_step(change: Change, seen: Seen, *, interrupted: bool) -> Step:
    """What is to be done about one change. `interrupted`: it was begun before, and nobody knows how far it came.

    A move by COPY may have been cut before the original was removed: then the copy in the target is ours, and removing
    the original ends it. Without an interruption a copy in the target is a second one that its owner wants there.
    """
    if isinstance(change, SetFlag):
        if not seen.there:
            return Step(Act.DROP, _GONE)
        return Step(Act.NOTHING if seen.fulfilled else Act.WRITE)
    if seen.there:
        return Step(Act.REMOVE if interrupted and seen.fulfilled else Act.WRITE)
    if seen.fulfilled:
        return Step(Act.NOTHING)
    if seen.elsewhere:
        return Step(Act.DROP, f"Another program has moved it to {seen.elsewhere}; it stays there.")
    return Step(Act.DROP, _GONE)


_GONE = "It is not on the server any more."
