"""What to fetch next: two states of a folder in, a plan out.

A folder's progress is the *set* of UIDs that are stored, never one mark, so that newest-first leaves no gap behind when
the process is killed. A changed UIDVALIDITY is a plan, not an exception.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from clientinbox.mail.ports import FolderState


@dataclass(frozen=True, slots=True)
class StoredFolder:
    """What the store knows of a folder."""

    uidvalidity: int | None = None
    """None: never synced."""
    uids: frozenset[int] = frozenset()
    skipped: frozenset[int] = frozenset()
    """Seen and left out for a recorded reason (scope, unreadable): not asked for again."""


@dataclass(frozen=True, slots=True)
class FolderPlan:
    fetch: tuple[int, ...]
    """Newest first."""
    gone: tuple[int, ...]
    """Stored or skipped, and no longer on the server; ascending."""
    uidvalidity_changed: bool = False
    """The numbers mean other messages now: all of `gone` lose their place, all of `fetch` are mapped anew."""


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
    known = stored.uids | stored.skipped
    changed = stored.uidvalidity is not None and stored.uidvalidity != state.uidvalidity
    candidates = on_server if wanted is None else on_server.intersection(wanted)
    return FolderPlan(
        fetch=tuple(sorted(candidates if changed else candidates - known, reverse=True)),
        gone=tuple(sorted(known if changed else known - on_server)),
        uidvalidity_changed=changed,
    )


def batches(uids: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    """Cut into runs of at most `size`, in order."""
    if size < 1:
        raise ValueError(f"a batch holds at least one message, not {size}")
    for start in range(0, len(uids), size):
        yield tuple(uids[start : start + size])
