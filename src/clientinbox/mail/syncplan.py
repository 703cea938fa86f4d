"""What to fetch next: two states of a folder in, a plan out.

A folder's progress is the *set* of UIDs that are stored, never one mark, so that newest-first leaves no gap behind when
the process is killed. A changed UIDVALIDITY is a plan, not an exception.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clientinbox.mail.ports import FolderChanges, FolderState

_FIRST = timedelta(days=90)
_THEN = (timedelta(days=365), timedelta(days=3 * 365))
_ZONES_APART = timedelta(days=1)
"""SEARCH SINCE goes by whole days in the server's zone: one day more loses nothing."""


@dataclass(frozen=True, slots=True)
class StoredFolder:
    """What the store knows of a folder."""

    uidvalidity: int | None = None
    """None: never synced."""
    uids: frozenset[int] = frozenset()
    skipped: frozenset[int] = frozenset()
    """Seen and left out for a recorded reason (scope, unreadable): not asked for again."""

    @property
    def known(self) -> frozenset[int]:
        return self.uids | self.skipped


@dataclass(frozen=True, slots=True)
class FolderPlan:
    fetch: tuple[int, ...]
    """Newest first."""
    gone: tuple[int, ...]
    """Stored or skipped, and no longer on the server; ascending."""
    uidvalidity_changed: bool = False
    """The numbers mean other messages now: all of `gone` lose their place, all of `fetch` are mapped anew."""
    older: int = 0
    """On the server, not known, and older than what is wanted."""


def plan_folder(
    stored: StoredFolder,
    state: FolderState,
    server_uids: Collection[int],
    *,
    wanted: Collection[int] | None = None,
) -> FolderPlan:
    """Compare a folder as stored with the server's.

    `wanted` limits what is fetched (history = "90d"); what is gone is judged by all of `server_uids` alone.
    """
    on_server = frozenset(server_uids)
    known = stored.known
    changed = stored.uidvalidity is not None and stored.uidvalidity != state.uidvalidity
    candidates = on_server if wanted is None else on_server.intersection(wanted)
    fetch = candidates if changed else candidates - known
    return FolderPlan(
        fetch=tuple(sorted(fetch, reverse=True)),
        gone=tuple(sorted(known if changed else known - on_server)),
        uidvalidity_changed=changed,
        older=len(on_server - fetch) if changed else len(on_server - known - fetch),
    )


def plan_changes(
    stored: StoredFolder,
    kept: FolderState,
    older: int,
    changes: FolderChanges,
    *,
    wanted: Collection[int] | None = None,
) -> FolderPlan | None:
    """Plan from what a server with QRESYNC told since a `kept` state, without listing its UIDs.

    None where it could not tell, or where what it told does not add up to what it says it has: then compare all.
    """
    flags, vanished, uidnext = changes.flags, changes.vanished, kept.uidnext
    if flags is None or vanished is None or uidnext is None or changes.state.uidvalidity != stored.uidvalidity:
        return None
    came = frozenset(uid for uid in flags if uid >= uidnext)
    new = came - stored.known
    fetch = new if wanted is None else new.intersection(wanted)
    now_older = older + len(new - fetch)
    if len(stored.known - set(vanished)) + len(fetch) + now_older != changes.state.exists:
        return None
    return FolderPlan(
        tuple(sorted(fetch, reverse=True)), tuple(sorted(stored.known.intersection(vanished))), older=now_older
    )


def history_begins(now: datetime, history: timedelta | None) -> date | None:
    """The first day of which mail is wanted; None for all there ever was."""
    return None if history is None else (now - history - _ZONES_APART).date()


def history_steps(now: datetime, history: timedelta | None) -> tuple[date | None, ...]:
    """The days from which mail is fetched, one after the other: the newest 90 days first, all that is wanted last."""
    steps = [step for step in (_FIRST, *_THEN) if history is None or step < history]
    return (*(history_begins(now, step) for step in steps), history_begins(now, history))


def in_steps(fetch: Sequence[int], since: Sequence[Collection[int]]) -> tuple[tuple[int, ...], ...]:
    """Cut what is to be fetched by what is new enough for each step; the rest comes last. Order is kept."""
    left, steps = list(fetch), []
    for wanted in since:
        new_enough = frozenset(wanted)
        steps.append(tuple(uid for uid in left if uid in new_enough))
        left = [uid for uid in left if uid not in new_enough]
    return (*steps, tuple(left))


def same_folder(before: Mapping[int, int], after: Mapping[int, int]) -> bool:
    """Is a folder that appeared the one that went? UID → message of both, as far as looked at."""
    common = before.keys() & after.keys()
    return bool(common) and all(before[uid] == after[uid] for uid in common)


@dataclass(frozen=True, slots=True)
class Proof:
    """Each message of a folder on the server is stored, left out for a reason, or older than what is wanted."""

    on_server: int
    stored: int
    skipped: int
    older: int

    @property
    def unaccounted(self) -> int:
        """How many messages nobody can account for; negative where more is stored than the server has."""
        return self.on_server - self.stored - self.skipped - self.older


def batches(uids: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    """Cut into runs of at most `size`, in order."""
    if size < 1:
        raise ValueError(f"a batch holds at least one message, not {size}")
    for start in range(0, len(uids), size):
        yield tuple(uids[start : start + size])
