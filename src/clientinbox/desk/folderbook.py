"""What is known of an account's folders between two passes: which UIDs, up to which state, and whether it adds up.

Lives on the engine's own thread beside the intake; account threads reach it through `Intake.folders`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clientinbox.desk.scope import NOT_WITH_A_CLIENT, SCOPE_REASONS
from clientinbox.edge.store import Connection, folders, queries, screener, writes
from clientinbox.edge.store.rows import FolderRow
from clientinbox.mail.account import Account
from clientinbox.mail.ports import Folder, FolderState
from clientinbox.mail.syncplan import Proof, StoredFolder

ASK_AGAIN_AFTER = timedelta(hours=1)
"""What a server would not give is asked for again by itself."""
_COMPARE_AFTER = timedelta(days=1)
_COMPARE_FLAGS_AFTER = timedelta(minutes=10)
"""Where the server counts no changes, a flag that another program set shows only when all are compared."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The folders that a pass looks at, and those that have gone."""

    rows: dict[str, FolderRow]
    others: tuple[FolderRow, ...]
    """Known from before, and not among them."""
    gone: frozenset[int]
    """Of those, ids of the ones that the server does not show any more."""


@dataclass(frozen=True, slots=True)
class KnownFolder:
    row: FolderRow
    stored: StoredFolder


class FolderBook:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def follow(self, account: Account, chosen: Sequence[Folder], there: Sequence[str], now: datetime) -> Followed:
        """A pass begins: `there` names every folder that the server shows."""
        screener.purge(self._connection, now)
        rows = folders.follow(self._connection, account.name, {folder.name: folder.role for folder in chosen})
        shown = frozenset(there)
        known = queries.folders(self._connection, account.name)
        others = tuple(row for row in known if row.name not in rows)
        return Followed(rows, others, frozenset(row.id for row in others if row.name not in shown))

    def unchanged(
        self, row: FolderRow, said: FolderState | None, account: Account, now: datetime, *, asked: bool
    ) -> bool:
        """Does what a server says of a folder mean that a pass has nothing to do there? Notes that it was looked at.

        `asked`: what the server would not give is something to do at once.
        """
        if not row.settled or said is None or said != row.state or row.chosen_by != chosen_by(account):
            return False
        limit = _COMPARE_FLAGS_AFTER if said.highestmodseq is None else _COMPARE_AFTER
        if row.compared_at is None or now - row.compared_at > limit:
            return False
        if folders.retries_due(self._connection, row.id, None if asked else now):
            return False
        folders.note_checked(self._connection, row.id, now)
        return True

    def open(self, account: Account, row: FolderRow, now: datetime | None) -> KnownFolder:
        """What is stored of a folder. What the server would not give comes back into question once its time has come;
        without `now`, at once.
        """
        folders.ask_again(self._connection, row.id, now)
        if row.chosen_by != chosen_by(account):
            folders.choose_by(self._connection, row.id, chosen_by(account), (*SCOPE_REASONS, NOT_WITH_A_CLIENT))
        fresh = folders.row(self._connection, row.id)
        return KnownFolder(
            fresh,
            StoredFolder(
                uidvalidity=fresh.uidvalidity,
                uids=queries.stored_uids(self._connection, row.id),
                skipped=queries.skipped_uids(self._connection, row.id),
            ),
        )

    def settle(self, folder: int, gone: Sequence[int], flags: Mapping[int, tuple[str, ...]]) -> None:
        """Before anything is fetched: forget what the server no longer has, and take over flags that changed."""
        if gone:
            writes.forget_uids(self._connection, folder, gone)
        if flags:
            known = queries.flags_by_uid(self._connection, folder)
            changed = {uid: value for uid, value in flags.items() if uid in known and set(known[uid]) != set(value)}
            if changed:
                writes.set_flags(self._connection, folder, changed)

    def remap(self, folder: int, uidvalidity: int, places: Mapping[int, tuple[int, tuple[str, ...]]]) -> None:
        folders.remap(self._connection, folder, uidvalidity, places)

    def rename(self, row: FolderRow, to: Folder) -> None:
        folders.rename(self._connection, row.id, to.name, to.role)

    def messages_at(self, folder: int) -> dict[int, int]:
        """UID → message."""
        return folders.messages_at(self._connection, folder)

    def forget(self, gone: Sequence[FolderRow]) -> None:
        for row in gone:
            folders.forget(self._connection, row.id)

    def refuse(self, folder: int, words: Mapping[int, str], now: datetime) -> None:
        folders.note_refused(self._connection, folder, words, now + ASK_AGAIN_AFTER)

    def unreadable(self, words: Mapping[int, str], now: datetime) -> None:
        """By message."""
        folders.note_unreadable(self._connection, words, now + ASK_AGAIN_AFTER)

    def unsettled(self, account: Account) -> tuple[FolderRow, ...]:
        """Folders in which something is left to do."""
        return tuple(row for row in folders.followed(self._connection, account.name) if not row.settled)

    def prove(
        self,
        folder: int,
        state: FolderState,
        on_server: int,
        *,
        older: int,
        compared_at: datetime | None,
        now: datetime,
    ) -> Proof:
        """All that `state` showed is stored or left out: count it against what the server has at the end of a pass."""
        counts = folders.counts(self._connection, folder)
        proof = Proof(on_server, counts.stored, sum(count for _, count in counts.skipped), older)
        waiting = counts.not_read - sum(count for _, count in counts.unreadable)
        folders.note_pass_over(
            self._connection,
            folder,
            state,
            on_server,
            older=older,
            settled=proof.unaccounted == 0 and waiting == 0,
            compared_at=compared_at,
            now=now,
        )
        return proof


def chosen_by(account: Account) -> str:
    days = "all" if account.history is None else f"{account.history.days}d"
    return f"{account.scope.value} {days}"
