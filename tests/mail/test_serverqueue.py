"""Wishes for a server: what they add up to, what is shown, and that every interleaving ends the same way.

The server here is a dictionary, and the rules run against it as the engine runs them: claim, look, write, note. A
connection can be cut before the server hears a command, after it has obeyed, or in the middle of a move.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clientinbox.mail.serverqueue import (
    ARCHIVE,
    BIN,
    FLAGGED,
    INBOX,
    OPEN,
    SEEN,
    Act,
    Copy,
    Move,
    Plan,
    QueuedChange,
    Seen,
    SetFlag,
    Spot,
    State,
    next_step,
    overlay,
    park,
    wish_flag,
    wish_move,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
UNREAD = (Copy(INBOX),)


def queued(number: int, change: Any, state: State = State.WAITING) -> QueuedChange:
    return QueuedChange(number, "a", "<m@x>", change, state, "", NOW)


def test_two_wishes_that_cancel_each_other_leave_nothing_to_write() -> None:
    read = queued(1, SetFlag(SEEN, on=True))
    assert wish_flag(UNREAD, (), SEEN, on=True) == Plan(add=read.change)
    assert wish_flag(UNREAD, (read,), SEEN, on=True) == Plan((1,), read.change)
    assert wish_flag(UNREAD, (read,), SEEN, on=False) == Plan((1,))
    assert wish_flag(UNREAD, (), SEEN, on=False) == Plan()
    away = queued(2, Move(INBOX, ARCHIVE))
    assert wish_move((), INBOX, ARCHIVE) == Plan(add=away.change)
    assert wish_move((away,), ARCHIVE, INBOX) == Plan((2,))
    assert wish_move((away,), ARCHIVE, BIN) == Plan((2,), Move(INBOX, BIN))


def test_what_somebody_talks_to_the_server_about_is_not_cancelled_but_followed() -> None:
    read = queued(1, SetFlag(SEEN, on=True), State.SENDING)
    assert wish_flag(UNREAD, (read,), SEEN, on=False) == Plan(add=SetFlag(SEEN, on=False))
    away = queued(2, Move(INBOX, ARCHIVE), State.SENDING)
    assert wish_move((away,), ARCHIVE, INBOX) == Plan(add=Move(ARCHIVE, INBOX))


def test_a_refused_change_that_a_later_wish_built_on_is_not_parked() -> None:
    away, back = queued(1, Move(INBOX, ARCHIVE), State.SENDING), queued(2, Move(ARCHIVE, INBOX))
    assert park(away, [back]) == Plan((1, 2))
    assert park(away, [queued(2, Move(ARCHIVE, BIN))]) == Plan((1, 2), Move(INBOX, BIN))
    assert park(away, [queued(2, SetFlag(SEEN, on=True))]) is None
    read = queued(3, SetFlag(SEEN, on=True), State.SENDING)
    assert park(read, [queued(4, SetFlag(SEEN, on=False))]) == Plan((3,))


def test_what_is_shown_is_the_servers_word_under_the_open_changes() -> None:
    changes = (queued(1, Move(INBOX, ARCHIVE)), queued(2, SetFlag(SEEN, on=True)))
    assert overlay(UNREAD, changes) == (Copy(ARCHIVE, frozenset({SEEN})),)
    both = (Copy(INBOX, frozenset({FLAGGED})), Copy(Spot("Old", "archive")))
    assert [str(copy.spot) for copy in overlay(both, changes[:1])] == ["the archive", "Old"]
    back = queued(3, Move(BIN, INBOX))
    assert [copy.spot for copy in overlay((), (back,))] == [INBOX]
    assert overlay((), (replace(back, state=State.LOCAL),)) == ()


@pytest.mark.parametrize(
    ("seen", "interrupted", "act", "words"),
    [
        (Seen(there=True, fulfilled=False), False, Act.WRITE, ""),
        (Seen(there=True, fulfilled=True), False, Act.WRITE, ""),
        (Seen(there=True, fulfilled=True), True, Act.REMOVE, ""),
        (Seen(there=False, fulfilled=True), False, Act.NOTHING, ""),
        (Seen(there=False, fulfilled=False, elsewhere="Old"), False, Act.DROP, "to Old"),
        (Seen(there=False, fulfilled=False), True, Act.DROP, "not on the server"),
    ],
)
def test_who_wins_a_move(seen: Seen, interrupted: bool, act: Act, words: str) -> None:  # noqa: FBT001
    step = next_step(Move(INBOX, ARCHIVE), seen, interrupted=interrupted)
    assert step.act is act
    assert words in step.words


# ---- every interleaving

FOLDERS = {"INBOX": INBOX, "Archive": Spot("Archive", "archive"), "Trash": Spot("Trash", "trash")}


class CutError(Exception):
    """The connection is gone."""


@dataclass
class Server:
    """One message's copies by UID; `moves` tells if it moves at once or copies first and removes then."""

    moves: bool
    copies: dict[int, tuple[str, frozenset[str]]] = field(default_factory=lambda: {1: ("INBOX", frozenset())})
    next_uid: int = 2
    cut_after: int | None = None
    """So many steps until the connection breaks."""
    written: list[str] = field(default_factory=list)

    def step(self) -> None:
        if self.cut_after is not None:
            if self.cut_after == 0:
                self.cut_after = None
                raise CutError
            self.cut_after -= 1

    def uids(self, folder: str) -> list[int]:
        return sorted(uid for uid, (where, _) in self.copies.items() if where == folder)

    def put(self, uid: int, folder: str) -> None:
        self.copies[self.next_uid] = (folder, self.copies[uid][1])
        self.next_uid += 1

    def store(self, uids: list[int], flag: str, *, on: bool) -> None:
        self.step()
        for uid in uids:
            where, flags = self.copies[uid]
            self.copies[uid] = (where, flags | {flag} if on else flags - {flag})
        self.written.append(f"{flag} {on}")
        self.step()

    def move(self, uid: int, folder: str) -> None:
        self.step()
        self.put(uid, folder)
        self.written.append(f"to {folder}")
        if not self.moves:
            self.step()
        del self.copies[uid]
        self.step()

    def remove(self, uid: int) -> None:
        self.step()
        del self.copies[uid]
        self.step()


@dataclass
class Here:
    """The store and the engine, of one message."""

    server: Server
    known: dict[int, tuple[str, frozenset[str]]] = field(default_factory=dict)
    rows: list[QueuedChange] = field(default_factory=list)

    def sync(self) -> None:
        self.known = dict(self.server.copies)

    @property
    def base(self) -> list[Copy]:
        return [Copy(FOLDERS[folder], flags) for folder, flags in self.known.values()]

    @property
    def open(self) -> list[QueuedChange]:
        return [row for row in self.rows if row.state in OPEN]

    @property
    def shown(self) -> tuple[Copy, ...]:
        return overlay(self.base, self.open)

    def wish(self, plan: Plan) -> None:
        for number in plan.cancel:
            assert self.rows[number - 1].state is not State.SENDING
            self._end(number, State.CANCELLED)
        if plan.add is not None:
            self.rows.append(queued(len(self.rows) + 1, plan.add))

    def mark(self, flag: str, *, on: bool) -> None:
        self.wish(wish_flag(self.base, self.open, flag, on=on))

    def put(self, folder: str) -> None:
        for copy in self.shown:
            self.wish(wish_move(self.open, copy.spot, FOLDERS[folder]))

    def _end(self, number: int, state: State) -> None:
        self.rows[number - 1] = replace(self.rows[number - 1], state=state)

    def replay(self) -> None:
        """As the engine does: the interrupted one first, then in order. A cut leaves what was claimed claimed."""
        while due := [r for r in self.rows if r.state is State.SENDING] or [
            r for r in self.rows if r.state is State.WAITING
        ]:
            interrupted = due[0].state is State.SENDING
            self._end(due[0].id, State.SENDING)
            self._write(due[0].change, due[0].id, interrupted=interrupted)
        self.sync()

    def _write(self, change: Any, number: int, *, interrupted: bool) -> None:
        server = self.server
        if isinstance(change, SetFlag):
            uids = list(server.copies)
            kept = [(change.flag in server.copies[uid][1]) is change.on for uid in uids]
            step = next_step(change, Seen(bool(uids), all(kept)), interrupted=interrupted)
            if step.act is Act.WRITE:
                server.store(uids, change.flag, on=change.on)
        else:
            source, target = change.source.name, change.target.name
            there = server.uids(source)
            known = [uid for uid, (folder, _) in self.known.items() if folder == source]
            if interrupted and known:  # what came back with another UID is not ours to move again
                there = [uid for uid in there if uid in known]
            beside = [uid for uid in server.uids(target) if uid not in self.known or not interrupted]
            elsewhere = [folder for folder in FOLDERS if folder not in {source, target} and server.uids(folder)]
            seen = Seen(bool(there), bool(beside), elsewhere[0] if elsewhere else "")
            step = next_step(change, seen, interrupted=interrupted)
            if step.act is Act.WRITE:
                # noted before it is moved, as the engine does: cut off, it knows which one it was
                stale = {uid for uid, (folder, _) in self.known.items() if folder == source} - set(there)
                self.known = {uid: copy for uid, copy in self.known.items() if uid not in stale}
                self.known.update({uid: server.copies[uid] for uid in there[:1]})
                server.move(there[0], target)
            elif step.act is Act.REMOVE:
                server.remove(there[0])
        self._end(number, State.DROPPED if step.act is Act.DROP else State.DONE)
        self.known = {uid: copy for uid, copy in server.copies.items() if uid in self.known}


LOCAL = st.one_of(
    st.tuples(st.just("mark"), st.sampled_from([SEEN, FLAGGED]), st.booleans()),
    st.tuples(st.just("put"), st.sampled_from(sorted(FOLDERS)), st.none()),
)
REMOTE = st.one_of(
    st.tuples(st.just("flags"), st.sampled_from([SEEN, FLAGGED]), st.booleans()),
    st.tuples(st.just("files"), st.sampled_from(sorted(FOLDERS)), st.none()),
    st.tuples(st.just("deletes"), st.none(), st.none()),
)
REPLAY = st.tuples(st.just("replay"), st.none(), st.none())


def play(story: list[tuple[Any, Any, Any]], *, moves: bool, cuts: list[int]) -> Here:
    """Each replay is cut where `cuts` says, then begun again until it is through."""
    here = Here(Server(moves))
    here.sync()
    left = iter(cuts)
    for what, first, second in [*story, ("replay", None, None)]:
        if what == "mark":
            here.mark(first, on=second)
        elif what == "put":
            here.put(first)
        elif what == "replay":
            replay_in_pieces(here, left)
        else:
            another_program(here.server, what, first, on=second)
    return here


def replay_in_pieces(here: Here, cuts: Iterator[int]) -> None:
    while True:
        here.server.cut_after = next(cuts, None)
        try:
            here.replay()
        except CutError:
            continue
        here.server.cut_after = None
        return


def another_program(server: Server, what: str, first: str, *, on: bool) -> None:
    for uid, (folder, flags) in list(server.copies.items()):
        if what == "flags":
            server.copies[uid] = (folder, flags | {first} if on else flags - {first})
        elif what == "deletes":
            del server.copies[uid]
        elif folder != first:
            server.put(uid, first)
            del server.copies[uid]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(LOCAL, REMOTE, REPLAY), max_size=14), st.booleans(), st.lists(st.integers(0, 6), max_size=6))
@example([("put", "Archive", None), ("files", "Archive", None), ("files", "INBOX", None)], False, [0])  # noqa: FBT003
def test_wherever_the_connection_is_cut_the_end_is_that_of_an_unbroken_one(
    story: list[Any],
    moves: bool,  # noqa: FBT001
    cuts: list[int],
) -> None:
    broken, whole = play(story, moves=moves, cuts=cuts), play(story, moves=True, cuts=[])
    assert sorted(broken.server.copies.values()) == sorted(whole.server.copies.values())
    assert broken.server.written == whole.server.written, "nothing is written twice"
    assert {row.state for row in broken.rows} <= {State.DONE, State.DROPPED, State.CANCELLED}
    assert len(broken.server.copies) <= 1, "no double"
    assert bool(broken.server.copies) is not any(what == "deletes" for what, _, _ in story), "and nothing is lost"
    assert set(broken.shown) == {Copy(FOLDERS[folder], flags) for folder, flags in broken.server.copies.values()}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(LOCAL, REPLAY), max_size=12), st.booleans(), st.lists(st.integers(0, 6), max_size=6))
def test_with_nobody_else_at_the_mailbox_the_last_wish_holds_and_is_shown_all_along(
    story: list[Any],
    moves: bool,  # noqa: FBT001
    cuts: list[int],
) -> None:
    here = play(story, moves=moves, cuts=cuts)
    last = {flag: on for what, flag, on in story if what == "mark"}
    folder = next((first for what, first, _ in reversed(story) if what == "put"), "INBOX")
    ((where, flags),) = here.server.copies.values()
    assert where == folder
    assert flags == {flag for flag, on in last.items() if on}
