"""One pass over one account: what differs, fetched newest first, handed to the intake. Network only; writes nothing.

Order: headers of every folder first, so that the list is there at once; then bodies; what is older than 90 days after
that, in steps. The intake runs on the engine's own thread; this thread fetches the next batch while the last one is
being written. At the end the server is asked what it has, and what is here is counted against it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import Any, Protocol, TypeVar

from clientinbox.desk.events import Event, SyncProgress
from clientinbox.desk.folderbook import Followed, KnownFolder
from clientinbox.desk.intake import Intake, Wanted
from clientinbox.desk.large import fetch_bodies
from clientinbox.edge.store.rows import FolderRow
from clientinbox.errors import ClientInboxError, NetworkError, UsageError
from clientinbox.mail.account import Account
from clientinbox.mail.ports import FetchedHeader, Folder, FolderState, Mailbox
from clientinbox.mail.syncplan import (
    FolderPlan,
    history_begins,
    history_steps,
    in_steps,
    plan_changes,
    plan_folder,
    same_folder,
)

T = TypeVar("T")

HEADER_BATCH = 200
BODY_BATCH = 50
BODY_BATCH_OCTETS = 8_000_000
_AHEAD = 2
"""Batches that may wait for the intake while the next one is fetched."""
_STEPS_WORTH = 1_000
"""Messages to fetch from which a folder goes back in time in steps."""
_ROUNDS = 4
"""How often a pass starts over because the server changed under it, or a message that was left out is a client's."""
_COMPARED_WHEN_RENAMED = 5
NOT_GIVEN = "the server did not give it"
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
    """As it was when the work was planned."""
    steps: tuple[tuple[int, ...], ...]
    """UIDs to fetch, newest first in each."""
    older: int
    compared_at: datetime | None
    """Where all UIDs were compared."""


class AccountSync:
    """What may be asked of one connection; it remembers which folder is open."""

    def __init__(self, account: Account, mailbox: Mailbox, calls: IntakeCalls, stopping: Callable[[], bool]) -> None:
        self._account = account
        self._mailbox = mailbox
        self._calls = calls
        self._stopping = stopping
        self._waiting: deque[Future[Any]] = deque()
        self._started = monotonic()
        self._inbox: tuple[Folder, FolderRow] | None = None
        self._open: tuple[str, int] | None = None
        """(folder, UIDVALIDITY) that is selected."""
        self._seen: FolderState | None = None
        """The INBOX as the last pass saw it."""

    def run(self, report: AccountReport, *, asked: bool = True) -> None:
        """Fetch what is missing, in all folders. Raises NetworkError and the like; what was written before stays.

        `asked`: a person wants to know, so what the server would not give is asked for again at once.
        """
        self._started = monotonic()
        there = self._mailbox.folders()
        chosen = chosen_folders(there, self._account)
        names = [folder.name for folder in there]
        said = self._mailbox.status([folder.name for folder in chosen])
        followed = self._follow(chosen, names)
        if self._renamed(chosen, followed, said):
            followed = self._follow(chosen, names)
        gone = [row for row in followed.others if row.id in followed.gone]
        if gone:
            self._intake(lambda intake: intake.folders.forget(gone))
        rows = followed.rows
        self._inbox = next(((f, rows[f.name]) for f in chosen if f.role == "inbox"), None)
        changed = [
            (folder, rows[folder.name])
            for folder in chosen
            if not self._unchanged(rows[folder.name], said.get(folder.name), asked=asked)
        ]
        if self._inbox is not None:
            self._seen = said.get(self._inbox[0].name)
        self._work_through(changed, report, asked=asked)

    def run_inbox(self, report: AccountReport) -> None:
        """The server said that the INBOX changed: look there alone, at once."""
        if self._inbox is None:
            self.run(report, asked=False)
            return
        self._started = monotonic()
        self._work_through([self._inbox], report, asked=False)

    def wait_for_news(self, seconds: float) -> bool:
        """IDLE on the INBOX for at most so long; True when it has changed since it was looked at."""
        if self._inbox is None:
            return self._mailbox.wait_for_news(seconds)
        name = self._inbox[0].name
        if self._open is None or self._open[0] != name:
            state = self._select(name)
            if self._seen is not None and state != self._seen:
                self._seen = state
                return True
        return self._mailbox.wait_for_news(seconds)

    def forget_open_folder(self) -> None:
        """Somebody else used the connection."""
        self._open = None

    # ---- folders

    def _follow(self, chosen: Sequence[Folder], there: Sequence[str]) -> Followed:
        now = self._calls.now()
        return self._intake(lambda intake: intake.folders.follow(self._account, chosen, there, now))

    def _renamed(self, chosen: Sequence[Folder], followed: Followed, said: Mapping[str, FolderState]) -> bool:
        """A folder that came under another name takes its places along; under the old one there may be a new folder."""
        left = {row.id: row for row in followed.others} | {
            row.id: row
            for name, row in followed.rows.items()
            if name in said and row.uidvalidity not in {None, said[name].uidvalidity}
        }
        found = False
        for folder in chosen:
            state = said.get(folder.name)
            if state is None or followed.rows[folder.name].uidvalidity is not None:
                continue
            for row in [each for each in left.values() if each.uidvalidity == state.uidvalidity]:
                if self._is_the_same(folder, row):
                    self._intake(lambda intake, row=row, folder=folder: intake.folders.rename(row, folder))  # type: ignore[misc]
                    del left[row.id]
                    found = True
                    break
        return found

    def _is_the_same(self, folder: Folder, row: FolderRow) -> bool:
        """Does a folder show the messages that another one had, under their numbers?"""
        before = self._intake(lambda intake: intake.folders.messages_at(row.id))
        newest = sorted(before, reverse=True)[:_COMPARED_WHEN_RENAMED]
        self._select(folder.name)
        headers = tuple(self._mailbox.fetch_headers(newest))
        found = self._intake(lambda intake: intake.recognise(headers))
        return same_folder({uid: before[uid] for uid in newest}, {uid: message for uid, (message, _) in found.items()})

    def _unchanged(self, row: FolderRow, said: FolderState | None, *, asked: bool) -> bool:
        if asked and said is not None and said.highestmodseq is None:
            return False  # flags that another program set show only when all are compared
        now = self._calls.now()
        return self._intake(lambda intake: intake.folders.unchanged(row, said, self._account, now, asked=asked))

    def _plan(self, folder: Folder, row: FolderRow, *, asked: bool, compare: bool) -> _FolderWork:
        """What is to be done in a folder, which is open afterwards."""
        now = self._calls.now()
        known = self._intake(lambda intake: intake.folders.open(self._account, row, None if asked else now))
        row, compared_at = known.row, None
        plan = state = flags = None
        if not compare and row.settled and row.state is not None:
            changes = self._mailbox.changes(folder.name, row.state, known.stored.known)
            state, flags = changes.state, changes.flags
            self._open = (folder.name, state.uidvalidity)
            came = flags is not None and any(uid not in known.stored.known for uid in flags)
            plan = plan_changes(known.stored, row.state, row.older, changes, wanted=self._wanted() if came else None)
        if state is None:
            state = self._select(folder.name)
        if known.stored.uidvalidity not in {None, state.uidvalidity}:
            known, plan = self._remapped(known, state), None
        if plan is None:
            uids = self._mailbox.uids()
            plan, compared_at = plan_folder(known.stored, state, uids, wanted=self._wanted()), now
            flags = self._flags(known, plan, state)
        taken, gone = dict(flags or {}), plan.gone
        if taken or gone:
            self._intake(lambda intake: intake.folders.settle(row.id, gone, taken))
        if folder.role == "inbox":
            self._seen = state
        return _FolderWork(folder, row.id, state, self._in_steps(plan.fetch), plan.older, compared_at)

    def _wanted(self) -> Sequence[int] | None:
        """UIDs of the open folder that the account's history covers; None for all."""
        day = history_begins(self._calls.now(), self._account.history)
        return None if day is None else self._mailbox.uids_since(day)

    def _in_steps(self, fetch: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        if len(fetch) < _STEPS_WORTH:
            return (fetch,)
        days = history_steps(self._calls.now(), self._account.history)[:-1]
        return in_steps(fetch, [self._mailbox.uids_since(day) for day in days if day is not None])

    def _flags(self, known: KnownFolder, plan: FolderPlan, state: FolderState) -> dict[int, tuple[str, ...]]:
        kept = sorted(known.stored.uids.difference(plan.gone))
        modseq = known.row.highestmodseq
        if not kept or (modseq is not None and modseq == state.highestmodseq):
            return {}
        return self._mailbox.flags(kept, modseq if state.highestmodseq is not None else None)

    def _remapped(self, known: KnownFolder, state: FolderState) -> KnownFolder:
        """UIDVALIDITY changed: find out by their headers which messages the new numbers mean; no body is fetched."""
        row, places = known.row, dict[int, tuple[int, tuple[str, ...]]]()
        if known.stored.uids:
            for headers in _batched(self._mailbox.fetch_headers(sorted(self._mailbox.uids(), reverse=True))):
                self._stop_if_asked()
                places |= self._intake(lambda intake, headers=headers: intake.recognise(headers))  # type: ignore[misc]
        self._intake(lambda intake: intake.folders.remap(row.id, state.uidvalidity, places))
        return self._intake(lambda intake: intake.folders.open(self._account, row, self._calls.now()))

    # ---- messages

    def _work_through(self, changed: Iterable[tuple[Folder, FolderRow]], report: AccountReport, *, asked: bool) -> None:
        left, compare = tuple(changed), False
        for _ in range(_ROUNDS):
            if not left:
                return
            unsettled = {row.id for row in self._unsettled()}
            works = [self._plan(folder, row, asked=asked, compare=compare) for folder, row in left]
            for step in range(max(len(work.steps) for work in works)):
                for work in works:
                    self._list(work, work.steps[step] if step < len(work.steps) else (), report)
                for work in works:
                    self._read(work, report)
            self._wait_all()
            if report.read:
                report.searchable_after_s = round(monotonic() - self._started, 3)
            wrong = self._not_proven(works)
            # also a folder that was not looked at: a conversation there may have turned out to be a client's
            left = tuple(
                (Folder(row.name, row.role), row)
                for row in self._unsettled()
                if row.id in wrong or (row.id not in unsettled and row.id not in {work.id for work in works})
            )
            # what the server would not give is not asked for again at once; what does not add up is compared
            asked, compare = False, True

    def _unsettled(self) -> tuple[FolderRow, ...]:
        return self._intake(lambda intake: intake.folders.unsettled(self._account))

    def _not_proven(self, works: Sequence[_FolderWork]) -> set[int]:
        """Count each folder against what the server says now; returns those that do not add up."""
        said = self._mailbox.status([work.folder.name for work in works])
        wrong = set()
        for work in works:
            on_server = said.get(work.folder.name, work.state).exists
            proof = self._intake(
                lambda intake, work=work, on_server=on_server: intake.folders.prove(  # type: ignore[misc]
                    work.id,
                    work.state,
                    on_server,
                    older=work.older,
                    compared_at=work.compared_at,
                    now=self._calls.now(),
                )
            )
            if proof.unaccounted:
                wrong.add(work.id)
        return wrong

    def _list(self, work: _FolderWork, uids: tuple[int, ...], report: AccountReport) -> None:
        if not uids:
            return
        self._select_again(work)
        done = 0
        given: set[int] = set()
        # one call for all: the next chunk is on its way while this one is written
        for headers in _batched(self._mailbox.fetch_headers(uids)):
            now = self._calls.now()
            self._submit(
                lambda intake, headers=headers, now=now: intake.list_messages(  # type: ignore[misc]
                    self._account, work.id, work.state.uidvalidity, headers, now
                )
            )
            if report.listed_after_s is None:
                self._wait_all()
                report.listed_after_s = round(monotonic() - self._started, 3)
            given.update(header.uid for header in headers)
            done += len(headers)
            report.listed += len(headers)
            self._say(work, "listing", done, len(uids))
        if kept_back := self._kept_back(set(uids) - given):
            now = self._calls.now()
            self._submit(lambda intake: intake.folders.refuse(work.id, kept_back, now))

    def _read(self, work: _FolderWork, report: AccountReport) -> None:
        wanted = self._intake(lambda intake: intake.bodies_missing(work.id))
        if wanted:
            self._select_again(work)
        done = 0
        not_given: dict[int, int] = {}
        for batch in _by_size(wanted):
            by_uid = {w.uid: w.message for w in batch}
            fetched = tuple((by_uid[m.uid], m) for m in fetch_bodies(self._mailbox, batch) if m.uid in by_uid)
            self._submit(lambda intake, fetched=fetched: intake.read_messages(fetched))  # type: ignore[misc]
            not_given |= {uid: by_uid[uid] for uid in by_uid.keys() - {m.uid for _, m in fetched}}
            done += len(batch)
            report.read += len(fetched)
            self._say(work, "reading", done, len(wanted))
        if kept_back := self._kept_back(set(not_given)):
            words = {not_given[uid]: said for uid, said in kept_back.items()}
            now = self._calls.now()
            self._submit(lambda intake: intake.folders.unreadable(words, now))

    def _kept_back(self, missing: set[int]) -> dict[int, str]:
        """Of UIDs that nothing came of: those that the server still has, with its words."""
        if not missing:
            return {}
        refused = self._mailbox.refused()
        there = missing.intersection(self._mailbox.uids())
        return {uid: f"{NOT_GIVEN}: {refused[uid]}" if refused.get(uid) else NOT_GIVEN for uid in there}

    def _select(self, name: str) -> FolderState:
        state = self._mailbox.select(name)
        self._open = (name, state.uidvalidity)
        return state

    def _select_again(self, work: _FolderWork) -> None:
        """UIDs were planned under one UIDVALIDITY and mean nothing under another."""
        planned = (work.folder.name, work.state.uidvalidity)
        if self._open != planned:
            self._select(work.folder.name)
        if self._open != planned:
            raise NetworkError(f"The server renewed {work.folder.name} in the middle.", todo="Sync again.")

    def _say(self, work: _FolderWork, stage: str, done: int, total: int) -> None:
        self._calls.say(SyncProgress(self._account.name, work.folder.name, stage, done, total))

    def _intake(self, work: Callable[[Intake], T]) -> T:
        """Ask the engine's thread and wait for its answer."""
        return self._calls.call(work).result()

    def _stop_if_asked(self) -> None:
        if self._stopping():
            raise SyncStopped("Sync was interrupted; what was stored stays.")

    def _submit(self, work: Callable[[Intake], Any]) -> None:
        self._stop_if_asked()
        while len(self._waiting) >= _AHEAD:
            self._waiting.popleft().result()
        self._waiting.append(self._calls.call(work))

    def _wait_all(self) -> None:
        while self._waiting:
            self._waiting.popleft().result()


def _batched(headers: Iterable[FetchedHeader]) -> Iterator[tuple[FetchedHeader, ...]]:
    left = iter(headers)
    while batch := tuple(islice(left, HEADER_BATCH)):
        yield batch


def chosen_folders(folders: Sequence[Folder], account: Account) -> tuple[Folder, ...]:
    """The folders an account names, else INBOX, Sent and Archive by role; INBOX first.

    Where the archive is the folder that shows everything (Gmail's "All Mail"), it comes last: what another folder has
    shown is only given a place there.

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
    if chosen[-1] is None:
        chosen[-1] = next((f for f in folders if f.role == "all"), None)
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
