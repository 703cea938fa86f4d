"""Where a person puts mail, and how they mark it: archive, bin, folders, read, flagged; and taking it back.

Each deed is a few wishes (`mail.serverqueue`) in one short transaction: shown at once, kept over a crash, written to
the server by the engine when it can be reached. Mail of an account that is read-only, or not configured, changes here
alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clientinbox.desk.knowledge import Knowledge
from clientinbox.edge.store import Connection, queries, serverqueue, transaction
from clientinbox.edge.store.serverqueue import Deed, DeedStep, Place
from clientinbox.errors import UsageError
from clientinbox.mail.account import Account
from clientinbox.mail.serverqueue import (
    BIN,
    FLAGGED,
    INBOX,
    SEEN,
    Copy,
    Move,
    SetFlag,
    Spot,
    State,
    wish_flag,
    wish_move,
)


class What(StrEnum):
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    BIN = "bin"
    RESTORE = "restore"
    READ = "read"
    UNREAD = "unread"
    FLAG = "flag"
    UNFLAG = "unflag"
    MOVE = "move"


_DONE = {
    What.ARCHIVE: "archived",
    What.UNARCHIVE: "back in the inbox:",
    What.BIN: "binned",
    What.RESTORE: "out of the bin:",
    What.READ: "read:",
    What.UNREAD: "unread:",
    What.FLAG: "flagged",
    What.UNFLAG: "no longer flagged:",
    What.MOVE: "moved",
}
_NOTHING = {
    What.ARCHIVE: "is not in the inbox",
    What.UNARCHIVE: "is not in the archive",
    What.BIN: "has nothing that could be binned",
    What.RESTORE: "is not in the bin",
    What.READ: "is read already",
    What.UNREAD: "is unread already",
    What.FLAG: "is flagged already",
    What.UNFLAG: "is not flagged",
    What.MOVE: "has nothing that could be moved there",
}
_STAY = frozenset({"sent", "drafts", "trash", "junk", "all"})
"""Out of these nothing is moved along with its thread: our own copies, what is thrown away, Gmail's All Mail."""
_ARCHIVES = frozenset({"archive", "all"})


class NothingToDo(UsageError):
    """It is so already."""


@dataclass(frozen=True, slots=True)
class Order:
    what: What
    folder: str = ""
    """Where to, for a move."""
    create: bool = False
    """Make that folder where it is missing."""


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """What `--dry-run` shows: one change that would be made."""

    account: str
    message_id: str
    what: str
    folder: str
    """It concerns the copy here; "" for all copies."""
    here_only: bool
    """The account is read-only or not configured: no server would hear of it."""


class Putting:
    """Plans and does; every method reads the store anew."""

    def __init__(
        self,
        connection: Connection,
        accounts: Sequence[Account],
        derive: Callable[[int], None],
        now: datetime,
    ) -> None:
        """`derive` works a thread's summary out again, within the transaction."""
        self._connection = connection
        self._accounts = {account.name: account for account in accounts}
        self._derive = derive
        self._now = now

    def plan(self, threads: Sequence[int], order: Order) -> tuple[PlannedWrite, ...]:
        return tuple(
            PlannedWrite(
                step.account,
                step.message_id,
                str(step.change),
                str(step.change.source) if isinstance(step.change, Move) else "",
                self._state(step.account) is State.LOCAL,
            )
            for step in self._steps(threads, order)
        )

    def do(self, threads: Sequence[int], order: Order) -> Deed:
        """Raises NothingToDo where all of it is so already."""
        with transaction(self._connection):
            steps = self._steps(threads, order)
            if not steps:
                subject = self._subject(threads[0]) if len(threads) == 1 else f"None of these {len(threads)} threads"
                words = _NOTHING[order.what] if len(threads) == 1 else "can be changed so: each is, or has no such mail"
                raise NothingToDo(f"{subject} {words}.")
            words = self._words(threads, order, steps)
            number = serverqueue.add_deed(self._connection, words, steps, self._now)
            self._wish(steps)
            self._rederive(steps)
        return Deed(number, self._now, words, steps)

    def mark_seen(self, thread: int) -> bool:
        """Somebody opened it: no deed of its own. True where it was not read before."""
        with transaction(self._connection):
            steps = self._steps([thread], Order(What.READ))
            self._wish(steps)
            self._rederive(steps)
        return bool(steps)

    def undo(self, deed: Deed) -> str | None:
        """Put everything back where it was seen before; None where another door was faster."""
        with transaction(self._connection):
            if not serverqueue.note_undone(self._connection, deed.id, self._now):
                return None
            back = tuple(DeedStep(s.account, s.message_id, _reverse(s.change)) for s in reversed(deed.steps))
            self._wish(back)
            self._rederive(back)
        return f"undone: {deed.words}"

    # ---- what an order means for each message

    def _steps(self, threads: Sequence[int], order: Order) -> tuple[DeedStep, ...]:
        return tuple(step for thread in dict.fromkeys(threads) for step in self._of_thread(thread, order))

    def _of_thread(self, thread: int, order: Order) -> Iterator[DeedStep]:
        places = serverqueue.thread_places(self._connection, thread)
        headers = queries.thread_headers(self._connection, thread)
        ids = {header.id: header.message_id for header in headers}
        match order.what:
            case What.READ | What.UNREAD | What.FLAG | What.UNFLAG:
                yield from self._flagged(order.what, places, headers)
            case What.RESTORE:
                yield from self._restored(thread, places, ids)
            case _:
                for place in places:
                    target = self._target(place, order, places)
                    if target is not None and not Spot(place.folder, place.role).same(target):
                        source = Spot(place.folder, place.role)
                        yield DeedStep(place.account, ids[place.message], Move(source, target, order.create))

    def _target(self, place: Place, order: Order, places: Sequence[Place]) -> Spot | None:
        """Where this copy goes; None: it stays."""
        alone = not any(p.message == place.message and p.account == place.account and p is not place for p in places)
        movable = place.role not in _STAY or (place.role == "all" and alone)
        match order.what:
            case What.ARCHIVE if place.role == "inbox":
                return self._spot(place.account, "archive")
            case What.UNARCHIVE if place.role in _ARCHIVES:
                return self._spot(place.account, "inbox")
            case What.BIN if movable:
                return self._spot(place.account, "trash")
            case What.MOVE if movable:
                return self._named(place.account, order.folder)
            case _:
                return None

    def _flagged(
        self, what: What, places: Sequence[Place], headers: Sequence[queries.MessageHeader]
    ) -> Iterator[DeedStep]:
        """Reading concerns all of a thread; unread and flagged the last message of somebody else, else the last one."""
        flag = SEEN if what in {What.READ, What.UNREAD} else FLAGGED
        on = what in {What.READ, What.FLAG}
        there = {place.message for place in places}
        held = [header for header in headers if header.id in there]
        if what in {What.UNREAD, What.FLAG}:
            held = ([header for header in held if not header.ours] or held)[-1:]
        for header in held:
            accounts = [p.account for p in places if p.message == header.id and (flag in p.flags) is not on]
            for account in dict.fromkeys(accounts):
                yield DeedStep(account, header.message_id, SetFlag(flag, on))

    def _restored(self, thread: int, places: Sequence[Place], ids: dict[int, str]) -> Iterator[DeedStep]:
        """To where each was before; the bin is not synced, so what was written to it is remembered, not seen."""
        moved = serverqueue.last_moves(self._connection, thread)
        for place in places:
            if place.role == "trash":
                source = Spot(place.folder, place.role)
                queued = serverqueue.open_changes(self._connection, place.account, ids[place.message])
                into = [q.change for q in queued if isinstance(q.change, Move) and q.change.target.same(source)]
                target = into[-1].source if into else self._spot(place.account, "inbox")
                yield DeedStep(place.account, ids[place.message], Move(source, target))
        seen = {(place.account, ids[place.message]) for place in places}
        for key, move in moved.items():
            if key not in seen and move.target.role == "trash":
                yield DeedStep(*key, Move(move.target, move.source))

    def _spot(self, account: str, role: str) -> Spot:
        """By the name that the server or the config gives it; by its role alone where neither is known yet."""
        if role == "inbox":
            return INBOX
        synced = queries.folders(self._connection, account)
        name = next((folder.name for folder in synced if folder.role == role), "")
        if not name and account in self._accounts:
            name = dict(self._accounts[account].folder_aliases).get(role, "")
        return Spot(name, role)

    def _named(self, account: str, folder: str) -> Spot:
        """As typed: a folder that is synced, a role, or a name that the server will know."""
        synced = queries.folders(self._connection, account)
        for known in synced:
            if folder.casefold() in {known.name.casefold(), known.role}:
                return Spot(known.name, known.role)
        if folder.casefold() == "bin":
            return self._spot(account, BIN.role)
        return self._spot(account, folder.casefold()) if folder.casefold() in {"archive", "trash"} else Spot(folder)

    # ---- writing them down

    def _wish(self, steps: Sequence[DeedStep]) -> None:
        for step in steps:
            queue = serverqueue.open_changes(self._connection, step.account, step.message_id)
            if isinstance(step.change, SetFlag):
                stored = serverqueue.stored_copies(self._connection, step.account, step.message_id)
                copies = tuple(Copy(copy.spot, frozenset(copy.flags)) for copy in stored)
                plan = wish_flag(copies, queue, step.change.flag, on=step.change.on)
            else:
                plan = wish_move(queue, step.change.source, step.change.target, create=step.change.create)
            serverqueue.apply(
                self._connection, step.account, step.message_id, plan, state=self._state(step.account), now=self._now
            )

    def _state(self, account: str) -> State:
        known = self._accounts.get(account)
        return State.LOCAL if known is None or known.read_only else State.WAITING

    def _rederive(self, steps: Sequence[DeedStep]) -> None:
        threads = (queries.thread_of(self._connection, step.message_id) for step in steps)
        for thread in dict.fromkeys(threads):
            if thread is not None:
                self._derive(thread)

    def _words(self, threads: Sequence[int], order: Order, steps: Sequence[DeedStep]) -> str:
        named = f"“{self._subject(threads[0])}”" if len(threads) == 1 else f"{len(threads)} threads"
        words = f"{_DONE[order.what]} {named}"
        if order.what is What.MOVE:
            words += f" to {order.folder}"
        local = {step.account for step in steps if self._state(step.account) is State.LOCAL}
        if local:
            known = [name for name in sorted(local) if name in self._accounts]
            why = f"account {known[0]} is read-only" if known else f"account {min(local)} is not configured"
            words += f", here only: {why}"
        return words

    def _subject(self, thread: int) -> str:
        summary = queries.summary(self._connection, thread)
        return str(summary.state["subject"] or "(no subject)") if summary is not None else "This thread"


def _reverse(change: Move | SetFlag) -> Move | SetFlag:
    if isinstance(change, SetFlag):
        return SetFlag(change.flag, not change.on)
    return Move(change.target, change.source)


def derive_with(connection: Connection, knowledge: Callable[[], Knowledge], now: datetime) -> Callable[[int], None]:
    """For `Putting`, which works within a transaction of its own."""
    known: list[Knowledge] = []

    def derive_again(thread: int) -> None:
        from clientinbox.desk.summaries import derive  # the rules' patterns take 40 ms to compile

        if not known:
            known.append(knowledge())
        derive(connection, thread, known[0], now)

    return derive_again
