"""One pass over one account: what differs, fetched newest first, handed to the intake. Network only; writes nothing.

Order: headers of every folder first, so that the list is there at once; then bodies. The intake runs on the engine's
own thread; this thread fetches the next batch while the last one is being written.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any, Protocol, TypeVar

from clientinbox.desk.events import Event, SyncProgress
from clientinbox.desk.intake import Intake, Wanted
from clientinbox.errors import ClientInboxError, NetworkError, UsageError
from clientinbox.mail.account import Account
from clientinbox.mail.ports import Folder, FolderState, Mailbox
from clientinbox.mail.syncplan import plan_folder

T = TypeVar("T")

HEADER_BATCH = 200
BODY_BATCH = 50
BODY_BATCH_OCTETS = 8_000_000
_AHEAD = 2
"""Batches that may wait for the intake while the next one is fetched."""
_ROLES = ("inbox", "sent", "archive")


class IntakeCalls(Protocol):
    """The engine's thread, where the intake lives."""

    def call(self, work: Callable[[Intake], T]) -> "Future[T]": ...

    def now(self) -> datetime: ...

    def say(self, event: Event) -> None: ...


class FolderMissing(UsageError):
    """A folder named in the config is not on the server."""


class SyncStopped(ClientInboxError):
    """Asked to stop; what was written stays, the next run carries on."""


@dataclass(slots=True)
class AccountReport:
    """What `sync --json` says of an account."""

    account: str
    listed: int = 0
    read: int = 0
    listed_after_s: float | None = None
    """From login until the newest batch of headers was stored."""
    searchable_after_s: float | None = None
    """From login until all that came could be found; None where nothing came."""
    error: str | None = None
    retry: bool = False
    exit_code: int = 0


@dataclass(slots=True)
class _FolderWork:
    folder: Folder
    id: int
    state: FolderState
    fetch: tuple[int, ...]
    on_server: int
    older: int


class AccountSync:
    def __init__(self, account: Account, mailbox: Mailbox, calls: IntakeCalls, stopping: Callable[[], bool]) -> None:
        self._account = account
        self._mailbox = mailbox
        self._calls = calls
        self._stopping = stopping
        self._waiting: deque[Future[Any]] = deque()
        self._started = monotonic()

    def run(self, report: AccountReport) -> None:
        """Fetch what is missing. Raises NetworkError and the like; what was written before stays."""
        works = [self._plan(folder) for folder in chosen_folders(self._mailbox.folders(), self._account)]
        for work in works:
            self._list(work, report)
        for work in works:
            self._read(work, report)
        self._wait_all()
        if report.read:
            report.searchable_after_s = round(monotonic() - self._started, 3)

    def _plan(self, folder: Folder) -> _FolderWork:
        state = self._mailbox.select(folder.name)
        uids = self._mailbox.uids()
        wanted: Sequence[int] = uids
        if self._account.history is not None:
            # SEARCH SINCE goes by whole days in the server's zone: one day more loses nothing
            wanted = self._mailbox.uids_since((self._calls.now() - self._account.history - timedelta(days=1)).date())
        id_, stored, modseq = self._calls.call(
            lambda intake: intake.open_folder(self._account, folder.name, folder.role)
        ).result()
        plan = plan_folder(stored, state, uids, wanted=frozenset(wanted))
        self._calls.call(
            lambda intake: intake.settle_folder(id_, state, plan.gone, reset=plan.uidvalidity_changed)
        ).result()
        kept = () if plan.uidvalidity_changed else sorted(stored.uids - set(plan.gone))
        if kept and (modseq is None or modseq != state.highestmodseq):
            flags = self._mailbox.flags(kept, modseq if state.highestmodseq is not None else None)
            self._calls.call(lambda intake: intake.refresh_flags(id_, flags)).result()
        known = frozenset[int]() if plan.uidvalidity_changed else stored.uids | stored.skipped
        return _FolderWork(folder, id_, state, plan.fetch, len(uids), len(set(uids) - set(wanted) - known))

    def _list(self, work: _FolderWork, report: AccountReport) -> None:
        if work.fetch:
            self._select_again(work)
        done = 0
        # one call for all: the next chunk is on its way while this one is written
        fetched = self._mailbox.fetch_headers(work.fetch)
        while headers := tuple(islice(fetched, HEADER_BATCH)):
            now = self._calls.now()
            self._submit(
                lambda intake, headers=headers, now=now: intake.list_messages(  # type: ignore[misc]
                    self._account, work.id, work.state.uidvalidity, headers, now
                )
            )
            if report.listed_after_s is None:
                self._wait_all()
                report.listed_after_s = round(monotonic() - self._started, 3)
            done += len(headers)
            report.listed += len(headers)
            self._say(work, "listing", done, len(work.fetch))
        self._submit(
            lambda intake: intake.close_folder(
                work.id, work.state, on_server=work.on_server, older=work.older, now=self._calls.now()
            )
        )
        self._wait_all()

    def _read(self, work: _FolderWork, report: AccountReport) -> None:
        wanted = self._calls.call(lambda intake: intake.bodies_missing(work.id)).result()
        if wanted:
            self._select_again(work)
        done = 0
        for batch in _by_size(wanted):
            by_uid = {w.uid: w.message for w in batch}
            fetched = tuple((by_uid[m.uid], m) for m in self._mailbox.fetch_messages(tuple(by_uid)) if m.uid in by_uid)
            self._submit(lambda intake, fetched=fetched: intake.read_messages(fetched))  # type: ignore[misc]
            done += len(batch)
            report.read += len(fetched)
            self._say(work, "reading", done, len(wanted))

    def _select_again(self, work: _FolderWork) -> None:
        """UIDs were planned under one UIDVALIDITY and mean nothing under another."""
        if self._mailbox.select(work.folder.name).uidvalidity != work.state.uidvalidity:
            raise NetworkError(f"The server renewed {work.folder.name} in the middle.", todo="Sync again.")

    def _say(self, work: _FolderWork, stage: str, done: int, total: int) -> None:
        self._calls.say(SyncProgress(self._account.name, work.folder.name, stage, done, total))

    def _submit(self, work: Callable[[Intake], Any]) -> None:
        if self._stopping():
            raise SyncStopped("Sync was interrupted; what was stored stays.")
        while len(self._waiting) >= _AHEAD:
            self._waiting.popleft().result()
        self._waiting.append(self._calls.call(work))

    def _wait_all(self) -> None:
        while self._waiting:
            self._waiting.popleft().result()


def chosen_folders(folders: Sequence[Folder], account: Account) -> tuple[Folder, ...]:
    """The folders an account names, else INBOX, Sent and Archive by role; INBOX first.

    Raises NetworkError for a server that shows none of them, FolderMissing for a named one that is not there.
    """
    if account.folders:
        by_name = {folder.name.casefold(): folder for folder in folders}
        by_role = {folder.role: folder for folder in reversed(folders) if folder.role}
        found = [by_name.get(name.casefold()) or by_role.get(name.casefold()) for name in account.folders]
        missing = [name for name, folder in zip(account.folders, found, strict=True) if folder is None]
        if missing:
            there = ", ".join(folder.name for folder in folders)
            raise FolderMissing(
                f"Account {account.name}: the server has no folder {missing[0]!r}.", todo=f"It has: {there}."
            )
        return tuple(dict.fromkeys(folder for folder in found if folder is not None))
    chosen = [next((f for f in folders if f.role == role), None) for role in _ROLES]
    result = tuple(folder for folder in chosen if folder is not None)
    if not result:
        raise NetworkError(f"Account {account.name}: the server shows no INBOX.")
    return result


def _by_size(wanted: Sequence[Wanted]) -> list[list[Wanted]]:
    """Batches of at most BODY_BATCH messages and some BODY_BATCH_OCTETS octets."""
    result: list[list[Wanted]] = []
    octets = 0
    for item in wanted:
        if not result or len(result[-1]) >= BODY_BATCH or octets + item.size > BODY_BATCH_OCTETS:
            result.append([])
            octets = 0
        result[-1].append(item)
        octets += item.size
    return result
