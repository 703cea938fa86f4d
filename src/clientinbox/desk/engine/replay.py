"""Writing the queue of changes to one account's server, over the connection that its thread holds.

A change is claimed before anybody talks to the server about it, and its end is noted after. Whatever ends between the
two, the connection, this process, the machine, leaves it claimed, and a claimed change is looked up alone before it is
written again. So nothing is done twice and nothing is forgotten. Network only: the engine's thread writes what is kept.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from clientinbox.desk.events import ChangeRefused
from clientinbox.desk.syncing import IntakeCalls
from clientinbox.edge.imap import ServerRefused
from clientinbox.edge.store import Connection, outgoing, serverqueue, transaction
from clientinbox.edge.store.serverqueue import Arrival, StoredCopy
from clientinbox.errors import NetworkError
from clientinbox.mail.account import Account
from clientinbox.mail.drafts import ServerWrite
from clientinbox.mail.ports import Folder, SortingMailbox
from clientinbox.mail.serverqueue import (
    Act,
    Move,
    QueuedChange,
    Seen,
    SetFlag,
    Spot,
    State,
    Step,
    next_step,
    park,
)

log = logging.getLogger(__name__)

_DELETED = "\\Deleted"
_LOOKED_THROUGH = ("inbox", "archive", "all", "trash", "sent")
"""Folders that a message is looked for in by its Message-ID when it is not where it was."""


class _Unwritable(Exception):
    """The server has no place for it."""


@dataclass(slots=True)
class _Outcome:
    """What is to be noted of a few changes, in one transaction."""

    ended: list[tuple[QueuedChange, State, str]] = field(default_factory=list)
    flags: list[tuple[StoredCopy, tuple[str, ...]]] = field(default_factory=list)
    left: list[StoredCopy] = field(default_factory=list)
    arrived: list[tuple[str, Arrival]] = field(default_factory=list)
    """Message-ID, and where it is now."""
    targets: list[tuple[QueuedChange, Spot]] = field(default_factory=list)
    writes: list[tuple[str, str, str]] = field(default_factory=list)
    """(folder, what, Message-ID)"""


@dataclass(frozen=True, slots=True)
class _Gone:
    """A copy that is out of its folder."""

    left_behind: bool = False
    """The original had to be left there, flagged as deleted."""
    arrival: Arrival | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A copy that is on the server now."""

    uid: int
    flags: tuple[str, ...]
    stored: StoredCopy | None
    """As the store has it; None where it had to be searched for."""


class Replay:
    def __init__(
        self,
        account: Account,
        mailbox: SortingMailbox,
        calls: IntakeCalls,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._account = account
        self._mailbox = mailbox
        self._calls = calls
        self._stopping = stopping
        self._listed: tuple[Folder, ...] | None = None

    def run(self) -> bool:
        """Until nothing waits; True where the connection was used. Raises NetworkError and the like; what was not ended
        stays queued.
        """
        if self._account.read_only:
            return False
        used = False
        name = self._account.name
        while not self._stopping():
            batch = self._calls.call(lambda intake: serverqueue.next_changes(intake.connection, name)).result()
            if not batch:
                break
            used = True
            interrupted = batch[0].state is State.SENDING
            numbers = [queued.id for queued in batch]
            taken = self._calls.call(lambda intake, n=numbers: serverqueue.claim(intake.connection, n)).result()  # type: ignore[misc]
            self._write([queued for queued in batch if queued.id in taken], interrupted=interrupted)
        return used

    def _write(self, batch: Sequence[QueuedChange], *, interrupted: bool) -> None:
        if not batch:
            return
        try:
            if isinstance(batch[0].change, SetFlag):
                self._flag(batch, batch[0].change, interrupted=interrupted)
            else:
                self._move(batch, batch[0].change, interrupted=interrupted)
        except (ServerRefused, _Unwritable) as exc:
            if len(batch) > 1:  # one that the server will not have must not keep its neighbours
                for queued in batch:
                    self._write([queued], interrupted=interrupted)
            else:
                self._park(batch[0], str(exc))

    # ---- flags

    def _flag(self, batch: Sequence[QueuedChange], change: SetFlag, *, interrupted: bool) -> None:
        outcome = _Outcome()
        by_folder: dict[str, list[QueuedChange]] = {}
        stored = self._stored(batch)
        for queued in batch:
            for folder in dict.fromkeys(copy.spot.name for copy in stored[queued.id]):
                by_folder.setdefault(folder, []).append(queued)
        found: dict[int, list[bool]] = {queued.id: [] for queued in batch}
        refused: set[int] = set()
        for folder, group in by_folder.items():
            self._flag_in(folder, group, stored, change, found, refused, interrupted=interrupted)
        for queued in batch:
            if not found[queued.id]:
                for folder in self._elsewhere([copy.spot.name for copy in stored[queued.id]]):
                    if not found[queued.id]:
                        self._flag_in(folder, [queued], stored, change, found, refused, interrupted=interrupted)
            step = next_step(change, Seen(bool(found[queued.id]), all(found[queued.id])), interrupted=interrupted)
            if step.act is Act.DROP:
                outcome.ended.append((queued, State.DROPPED, step.words))
            elif queued.id in refused:
                outcome.ended.append(
                    (queued, State.DROPPED, f"{self._account.imap.host} keeps no {change.flag} there.")
                )
            else:
                outcome.ended.append((queued, State.DONE, ""))
        self._note(outcome)

    def _flag_in(
        self,
        folder: str,
        group: Sequence[QueuedChange],
        stored: dict[int, tuple[StoredCopy, ...]],
        change: SetFlag,
        found: dict[int, list[bool]],
        refused: set[int],
        *,
        interrupted: bool,
    ) -> None:
        """Write it to the copies in one folder; `found` then says of each whether it was so already."""
        located = self._located(folder, group, stored, trust_search=True)
        if located is None:
            return
        uidvalidity, copies = located
        outcome = _Outcome()
        to_write: list[int] = []
        for queued, copy in copies:
            fulfilled = (change.flag in copy.flags) is change.on
            found[queued.id].append(fulfilled)
            if not fulfilled:
                to_write.append(copy.uid)
            if copy.stored is not None:
                kept = [flag for flag in copy.flags if flag != change.flag]
                outcome.flags.append((copy.stored, tuple([*kept, change.flag] if change.on else kept)))
            if not fulfilled or interrupted:
                outcome.writes.append((folder, str(change), queued.message_id))
        if to_write:
            names = (change.flag,)
            said = self._mailbox.change_flags(
                folder, uidvalidity, to_write, add=names if change.on else (), remove=() if change.on else names
            )
            if said is None:
                raise _renewed(Folder(folder))
            if change.flag in said.dropped:
                refused.update(queued.id for queued, _ in copies)
                return
        self._note(outcome)

    # ---- moves

    def _move(self, batch: Sequence[QueuedChange], change: Move, *, interrupted: bool) -> None:
        source, target = self._folder(change.source, create=False), self._folder(change.target, create=change.create)
        outcome = _Outcome()
        at_target = Spot(target.name, target.role or change.target.role)
        if source.name == target.name:
            outcome.ended = [(queued, State.DONE, "") for queued in batch]
            self._note(outcome)
            return
        stored = self._stored(batch)
        uidvalidity, copies = self._located(source.name, batch, stored, trust_search=not interrupted) or (0, [])
        there = {queued.id: copy for queued, copy in copies}
        stored = self._note_found(source.name, uidvalidity, batch, there, stored)
        steps: dict[int, Step] = {}
        for queued in batch:
            copy = there.get(queued.id)
            steps[queued.id] = next_step(
                change, self._seen(queued, copy, source, target, interrupted=interrupted), interrupted=interrupted
            )
        done = self._carry_out(batch, steps, there, source, uidvalidity, target)
        for queued in batch:
            step, copy = steps[queued.id], there.get(queued.id)
            if step.act is Act.DROP:
                outcome.ended.append((queued, State.DROPPED, step.words))
            elif step.act is Act.NOTHING or queued.id in done:
                outcome.ended.append((queued, State.DONE, ""))
                outcome.targets.append((queued, at_target))
                if queued.id in done or interrupted:
                    outcome.writes.append((source.name, f"move to {target.name}", queued.message_id))
            gone = done.get(queued.id)
            if gone is not None and gone.arrival is not None:
                outcome.arrived.append((queued.message_id, gone.arrival))
            if gone is not None and gone.left_behind and copy is not None and copy.stored is not None:
                outcome.flags.append((copy.stored, (*copy.flags, _DELETED)))
            elif step.act in {Act.DROP, Act.NOTHING} or queued.id in done:
                outcome.left += [kept for kept in stored[queued.id] if kept.spot.name == source.name]
        self._note(outcome)

    def _note_found(
        self,
        source: str,
        uidvalidity: int,
        batch: Sequence[QueuedChange],
        there: dict[int, _Found],
        stored: dict[int, tuple[StoredCopy, ...]],
    ) -> dict[int, tuple[StoredCopy, ...]]:
        """What lies in the source under another UID is noted before it is moved: should we be cut off, that UID tells
        whether it is still there or came back since.
        """
        outcome = _Outcome()
        for queued in batch:
            copy = there.get(queued.id)
            if copy is not None and copy.stored is None:
                outcome.left += [kept for kept in stored[queued.id] if kept.spot.name == source]
                arrival = Arrival(source, uidvalidity, copy.uid, copy.flags)
                outcome.arrived.append((queued.message_id, arrival))
        if not outcome.arrived:
            return stored
        self._note(outcome)
        return self._stored(batch)

    def _carry_out(
        self,
        batch: Sequence[QueuedChange],
        steps: dict[int, Step],
        there: dict[int, _Found],
        source: Folder,
        uidvalidity: int,
        target: Folder,
    ) -> dict[int, _Gone]:
        """By id, the changes that are written.

        One that somebody else took away in this very moment is not among them: it stays claimed, and is looked up next.
        """
        done: dict[int, _Gone] = {}
        to_move = [queued.id for queued in batch if steps[queued.id].act is Act.WRITE]
        if to_move:
            moved = self._mailbox.move(source.name, uidvalidity, [there[number].uid for number in to_move], target.name)
            if moved is None:
                raise _renewed(source)
            uids = moved.uids
            for number in to_move if uids is None else [n for n in to_move if there[n].uid in uids]:
                arrival = None
                if uids is not None and moved.uidvalidity is not None:
                    copy = there[number]
                    arrival = Arrival(target.name, moved.uidvalidity, uids[copy.uid], copy.flags)
                done[number] = _Gone(moved.left_behind, arrival)
        to_remove = [queued.id for queued in batch if steps[queued.id].act is Act.REMOVE]
        if to_remove:
            removed = self._mailbox.remove(source.name, uidvalidity, [there[number].uid for number in to_remove])
            if removed is None:
                raise _renewed(source)
            done.update(dict.fromkeys(to_remove, _Gone(left_behind=not removed)))
        return done

    def _seen(
        self, queued: QueuedChange, copy: _Found | None, source: Folder, target: Folder, *, interrupted: bool
    ) -> Seen:
        """A target is searched only where it matters: that is slow in a large archive."""
        if copy is not None:
            same = interrupted and self._same_message(queued.message_id, source.name, copy.uid, target.name)
            if same or _DELETED not in copy.flags:
                return Seen(there=True, fulfilled=same)
        if self._search(target.name, queued.message_id):
            return Seen(there=False, fulfilled=True)
        for folder in self._elsewhere((source.name, target.name)):
            if self._search(folder, queued.message_id):
                return Seen(there=False, fulfilled=False, elsewhere=folder)
        return Seen(there=False, fulfilled=False)

    def _same_message(self, message_id: str, source: str, uid: int, target: str) -> bool:
        """Does the target hold a message with this very header and size? A Message-ID alone may lie."""
        copies = self._search(target, message_id)
        kept = {(each.header, each.size) for each in self._mailbox.fetch_headers(copies)} if copies else set()
        if not kept:
            return False
        self._mailbox.select(source)
        return any((each.header, each.size) in kept for each in self._mailbox.fetch_headers([uid]))

    # ---- finding things

    def _stored(self, batch: Sequence[QueuedChange]) -> dict[int, tuple[StoredCopy, ...]]:
        name = self._account.name
        return self._calls.call(
            lambda intake: {
                queued.id: serverqueue.stored_copies(intake.connection, name, queued.message_id) for queued in batch
            }
        ).result()

    def _located(
        self,
        folder: str,
        batch: Sequence[QueuedChange],
        stored: dict[int, tuple[StoredCopy, ...]],
        *,
        trust_search: bool,
    ) -> tuple[int, list[tuple[QueuedChange, _Found]]] | None:
        """UIDVALIDITY and the copies that are in a folder now; None where there is no such folder.

        One whose UID is gone is searched for by its Message-ID, unless an interrupted move may be what took it: then
        a copy with another UID is one that came back since, and not ours to move again, and one that is flagged as
        deleted may be what that move has left.
        """
        try:
            uidvalidity = self._mailbox.select(folder).uidvalidity
        except ServerRefused:
            return None
        known = {
            queued.id: copy
            for queued in batch
            for copy in stored[queued.id]
            if copy.spot.name == folder and copy.uidvalidity == uidvalidity
        }
        flags = self._mailbox.flags(sorted({copy.uid for copy in known.values()})) if known else {}
        found: list[tuple[QueuedChange, _Found]] = []
        for queued in batch:
            copy = known.get(queued.id)
            if copy is not None and copy.uid in flags:
                if not trust_search or _DELETED not in flags[copy.uid]:
                    found.append((queued, _Found(copy.uid, flags[copy.uid], copy)))
            elif copy is None or trust_search:
                uids = self._search(folder, queued.message_id)
                live = {u: f for u, f in self._mailbox.flags(uids).items() if _DELETED not in f} if uids else {}
                found += [(queued, _Found(uid, live[uid], None)) for uid in sorted(live)[:1]]
        return uidvalidity, found

    def _search(self, folder: str, message_id: str) -> tuple[int, ...]:
        try:
            return self._mailbox.search_message_id(folder, message_id)
        except ServerRefused:  # no such folder (any more)
            return ()

    def _elsewhere(self, but: Sequence[str]) -> list[str]:
        return [folder.name for folder in self._folders if folder.role in _LOOKED_THROUGH and folder.name not in but]

    @property
    def _folders(self) -> tuple[Folder, ...]:
        if self._listed is None:
            self._listed = self._mailbox.folders()
        return self._listed

    def _folder(self, spot: Spot, *, create: bool) -> Folder:
        """As the server has it. Gmail has no archive: what is only in All Mail is archived there."""
        roles = ("archive", "all") if spot.role == "archive" else (spot.role,) if spot.role else ()
        named = (folder for folder in self._folders if folder.name == spot.name)
        by_role = (folder for role in roles for folder in self._folders if folder.role == role)
        found = next(named, None) or next(by_role, None)
        if found is None and create:
            found = self._made(spot)
        if found is not None:
            return found
        host = self._account.imap.host
        if spot.role and not spot.name:
            raise _Unwritable(
                f"{host} shows no folder for {spot}: "
                f'name it in the account, folder.{spot.role} = "…", or make one there.'
            )
        raise _Unwritable(f"{host} has no folder {spot.name!r}; `clientinbox move … --create` makes it.")

    def _made(self, spot: Spot) -> Folder | None:
        if spot.role and not spot.name:
            made = self._mailbox.folder_for(spot.role, create=True)
        else:
            self._mailbox.create_folder(spot.name)
            made = Folder(spot.name, spot.role)
        self._listed = None
        if made is not None:
            self._note(_Outcome(writes=[(made.name, "create", "")]))
        return made

    # ---- what is kept

    def _note(self, outcome: _Outcome) -> None:
        now, name = self._calls.now(), self._account.name

        def note(connection: Connection) -> None:
            with transaction(connection):
                for copy, flags in outcome.flags:
                    serverqueue.note_flags(connection, copy, flags)
                for copy in outcome.left:
                    serverqueue.note_left(connection, copy)
                for message_id, arrival in outcome.arrived:
                    serverqueue.note_arrived(connection, name, message_id, arrival)
                for queued, target in outcome.targets:
                    serverqueue.note_target(connection, queued.id, target)
                for folder, what, message_id in outcome.writes:
                    outgoing.record_write(connection, ServerWrite(now, name, folder, what, message_id))
                for queued, state, words in outcome.ended:
                    serverqueue.end(connection, queued, state, words, now)

        self._calls.call(lambda intake: note(intake.connection)).result()
        dropped = [(queued, words) for queued, state, words in outcome.ended if state is State.DROPPED]
        for what in dict.fromkeys(f"({queued.change}): {words}" for queued, words in dropped):
            log.info("account %s: dropped %s", name, what)
            self._calls.say(ChangeRefused(name, f"Not done on the server {what}", kept=False))

    def _park(self, queued: QueuedChange, words: str) -> None:
        """The server will not have it: kept here with its words, unless a later wish has overtaken it."""
        now, name = self._calls.now(), self._account.name

        def note(connection: Connection) -> bool:
            with transaction(connection):
                open_now = serverqueue.open_changes(connection, name, queued.message_id)
                plan = park(queued, [later for later in open_now if later.id > queued.id])
                if plan is None:
                    serverqueue.end(connection, queued, State.PARKED, words, now)
                else:
                    serverqueue.apply(connection, name, queued.message_id, plan, state=State.WAITING, now=now)
            return plan is None

        if self._calls.call(lambda intake: note(intake.connection)).result():
            log.warning("account %s, %s parked: %s", name, queued.change, words)
            self._calls.say(ChangeRefused(name, f"Kept here only ({queued.change}): {words}", kept=True))


def _renewed(folder: Folder) -> NetworkError:
    return NetworkError(f"The server renewed {folder.name} in the middle.", todo="Sync again.")
