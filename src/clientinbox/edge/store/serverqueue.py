"""The queue of changes for the servers, and the deeds they came from. Rows in, values of `mail.serverqueue` out.

Each change walks waiting → sending → done, dropped or parked; waiting, parked → cancelled where a later wish takes its
place. Each arrow is one short transaction that holds only from the state it starts at, so that a door that changes its
mind and an engine that writes cannot both win.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.rows import compact
from clientinbox.mail.serverqueue import Change, Copy, Move, Plan, QueuedChange, SetFlag, Spot, State, overlay

_OPEN = "state IN ('waiting', 'sending', 'parked', 'local')"
BATCH = 200


@dataclass(frozen=True, slots=True)
class Place:
    """One copy of a message, as a person sees it."""

    message: int
    account: str
    folder: str
    """"" where only its role is known yet."""
    role: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """Where the server had a copy when it was last asked."""

    spot: Spot
    folder: int
    uidvalidity: int
    uid: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """What one key or command did."""

    id: int
    at: datetime
    words: str
    steps: tuple["DeedStep", ...]


@dataclass(frozen=True, slots=True)
class DeedStep:
    """Of one message; for a move, `change` leads from where it was seen to where it was put."""

    account: str
    message_id: str
    change: Change


def _queued_from(row: sqlite3.Row) -> QueuedChange:
    return QueuedChange(
        row["id"],
        row["account"],
        row["message_id"],
        _change_from(row),
        State(row["state"]),
        row["words"],
        datetime.fromisoformat(row["made_at"]),
    )


def _change_from(row: sqlite3.Row) -> Change:
    if row["flag"] is not None:
        return SetFlag(row["flag"], bool(row["is_on"]))
    return Move(
        Spot(row["source_name"], row["source_role"]),
        Spot(row["target_name"], row["target_role"]),
        bool(row["may_create"]),
    )


# ---- what a person sees


def thread_places(connection: Connection, thread: int) -> tuple[Place, ...]:
    r"""Every copy of a thread's messages: the server's word under the changes it is still to hear of.

    One that is flagged \Deleted is on its way out, as on servers that can neither move nor expunge one message alone.
    """
    rows = connection.execute(
        "SELECT messages.message_id, places.message, folders.account, folders.name, folders.role, places.flags "
        "FROM places JOIN folders ON folders.id = places.folder JOIN messages ON messages.id = places.message "
        "WHERE messages.thread = ? AND places.flags NOT LIKE '%\\Deleted%'",
        (thread,),
    ).fetchall()
    changes = connection.execute(
        "SELECT server_queue.*, messages.id AS message FROM messages JOIN server_queue USING (message_id) "
        f"WHERE messages.thread = ? AND server_queue.{_OPEN} ORDER BY server_queue.id",
        (thread,),
    ).fetchall()
    if not changes:
        return tuple(Place(row[1], row[2], row[3], row[4], tuple(row[5].split())) for row in rows)
    return _overlaid(rows, changes)


def _overlaid(rows: Sequence[sqlite3.Row], changes: Sequence[sqlite3.Row]) -> tuple[Place, ...]:
    copies: dict[tuple[int, str], list[Copy]] = {}
    for row in rows:
        copy = Copy(Spot(row["name"], row["role"]), frozenset(row["flags"].split()))
        copies.setdefault((row["message"], row["account"]), []).append(copy)
    queued: dict[tuple[int, str], list[QueuedChange]] = {}
    for row in changes:
        queued.setdefault((row["message"], row["account"]), []).append(_queued_from(row))
    return tuple(
        Place(message, account, copy.spot.name, copy.spot.role, tuple(sorted(copy.flags)))
        for message, account in dict.fromkeys((*copies, *queued))
        for copy in overlay(copies.get((message, account), ()), queued.get((message, account), ()))
    )


def stored_copies(connection: Connection, account: str, message_id: str) -> tuple[StoredCopy, ...]:
    rows = connection.execute(
        "SELECT folders.name, folders.role, folders.id, folders.uidvalidity, places.uid, places.flags FROM messages "
        "JOIN places ON places.message = messages.id JOIN folders ON folders.id = places.folder "
        "WHERE messages.message_id = ? AND folders.account = ? AND folders.uidvalidity IS NOT NULL ORDER BY folders.id",
        (message_id, account),
    )
    return tuple(StoredCopy(Spot(row[0], row[1]), row[2], row[3], row[4], tuple(row[5].split())) for row in rows)


def open_changes(connection: Connection, account: str, message_id: str) -> tuple[QueuedChange, ...]:
    """Oldest first."""
    rows = connection.execute(
        f"SELECT * FROM server_queue WHERE message_id = ? AND {_OPEN} AND account = ? ORDER BY id",
        (message_id, account),
    )
    return tuple(_queued_from(row) for row in rows)


def last_moves(connection: Connection, thread: int) -> dict[tuple[str, str], Move]:
    """(account, Message-ID) → the last move that was written: it leads to folders which are not synced."""
    rows = connection.execute(
        "SELECT server_queue.* FROM messages JOIN server_queue USING (message_id) "
        "WHERE messages.thread = ? AND server_queue.state = 'done' AND server_queue.flag IS NULL ORDER BY server_queue.id",
        (thread,),
    )
    found = ((row["account"], row["message_id"], _change_from(row)) for row in rows)
    return {(account, message_id): change for account, message_id, change in found if isinstance(change, Move)}


# ---- wishes


def apply(
    connection: Connection,
    account: str,
    message_id: str,
    plan: Plan,
    *,
    state: State,
    now: datetime,
    stale: bool = True,
) -> None:
    """Joins the caller's transaction, in which the plan was made. `stale`: what is shown of its thread changes."""
    connection.executemany(
        "UPDATE server_queue SET state = 'cancelled', ended_at = ? WHERE id = ?",
        [(now.isoformat(), number) for number in plan.cancel],
    )
    change = plan.add
    if change is not None:
        flag = change if isinstance(change, SetFlag) else None
        move = change if isinstance(change, Move) else None
        connection.execute(
            "INSERT INTO server_queue (account, message_id, flag, is_on, source_name, source_role, target_name, target_role, "
            "may_create, state, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account,
                message_id,
                flag and flag.flag,
                flag and int(flag.on),
                move and move.source.name,
                move and move.source.role,
                move and move.target.name,
                move and move.target.role,
                int(move.create) if move else 0,
                state,
                now.isoformat(),
            ),
        )
    if stale:
        mark_stale(connection, [message_id])


def mark_stale(connection: Connection, message_ids: Iterable[str]) -> None:
    connection.executemany(
        "UPDATE threads SET stale = 1 WHERE id = (SELECT thread FROM messages WHERE message_id = ?)",
        [(message_id,) for message_id in message_ids],
    )


def add_deed(connection: Connection, words: str, steps: Sequence[DeedStep], now: datetime) -> int:
    """Joins the caller's transaction."""
    row = connection.execute(
        "INSERT INTO deeds (at, words, steps) VALUES (?, ?, ?) RETURNING id",
        (now.isoformat(), words, compact([_step_column(step) for step in steps])),
    ).fetchone()
    return int(row["id"])


def _step_column(step: DeedStep) -> list[object]:
    change = step.change
    if isinstance(change, SetFlag):
        return [step.account, step.message_id, change.flag, change.on]
    return [
        step.account,
        step.message_id,
        [change.source.name, change.source.role],
        [change.target.name, change.target.role],
    ]


def _step_from(column: list[object]) -> DeedStep:
    account, message_id, first, second = column
    change: Change
    if isinstance(first, list) and isinstance(second, list):
        change = Move(Spot(*first), Spot(*second))
    else:
        change = SetFlag(str(first), bool(second))
    return DeedStep(str(account), str(message_id), change)


def deed(connection: Connection, number: int | None = None) -> Deed | None:
    """One that was not undone, by default the last one; None where it was, or there is none."""
    row = connection.execute(
        "SELECT * FROM deeds WHERE undone_at IS NULL AND (? IS NULL OR id = ?) ORDER BY id DESC LIMIT 1",
        (number, number),
    ).fetchone()
    if row is None:
        return None
    steps = tuple(_step_from(column) for column in json.loads(row["steps"]))
    return Deed(row["id"], datetime.fromisoformat(row["at"]), row["words"], steps)


def note_undone(connection: Connection, number: int, now: datetime) -> bool:
    """Joins the caller's transaction. False where somebody else was faster."""
    done = connection.execute(
        "UPDATE deeds SET undone_at = ? WHERE id = ? AND undone_at IS NULL", (now.isoformat(), number)
    )
    return done.rowcount == 1


# ---- for whoever asks what is open


def pending(connection: Connection) -> tuple[QueuedChange, ...]:
    """What no server has yet, and what had to be dropped; oldest first."""
    rows = connection.execute(f"SELECT * FROM server_queue WHERE {_OPEN} OR state = 'dropped' ORDER BY id")
    return tuple(_queued_from(row) for row in rows)


def subjects(connection: Connection, message_ids: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for message_id in message_ids:
        row = connection.execute("SELECT subject FROM messages WHERE message_id = ?", (message_id,)).fetchone()
        found[message_id] = "" if row is None else str(row["subject"])
    return found


def accounts_waiting(connection: Connection) -> tuple[str, ...]:
    rows = connection.execute("SELECT DISTINCT account FROM server_queue WHERE state IN ('waiting', 'sending')")
    return tuple(row["account"] for row in rows)


# ---- for the engine


def next_changes(connection: Connection, account: str) -> tuple[QueuedChange, ...]:
    """What to write next: each that was begun and never ended, alone; else as many as are alike, oldest first."""
    begun = connection.execute(
        "SELECT * FROM server_queue WHERE account = ? AND state = 'sending' ORDER BY id LIMIT 1", (account,)
    ).fetchone()
    if begun is not None:
        return (_queued_from(begun),)
    rows = connection.execute(
        "SELECT * FROM server_queue WHERE account = ? AND state = 'waiting' ORDER BY id LIMIT ?", (account, 5 * BATCH)
    )
    waiting = [_queued_from(row) for row in rows]
    # different changes of one message do not hinder each other: it has at most one waiting change of a kind
    same = {queued.message_id: queued for queued in reversed(waiting) if queued.change == waiting[0].change}
    return tuple(sorted(same.values(), key=lambda queued: queued.id)[:BATCH])


def claim(connection: Connection, numbers: Iterable[int]) -> frozenset[int]:
    """Before anybody talks to the server; returns those that were not cancelled meanwhile."""
    with transaction(connection):
        taken = [
            number
            for number in numbers
            if connection.execute(
                "UPDATE server_queue SET state = 'sending' WHERE id = ? AND state IN ('waiting', 'sending')", (number,)
            ).rowcount
        ]
    return frozenset(taken)


def end(connection: Connection, queued: QueuedChange, state: State, words: str, now: datetime) -> None:
    """Joins the caller's transaction."""
    connection.execute(
        "UPDATE server_queue SET state = ?, words = ?, ended_at = ? WHERE id = ?",
        (state, words, now.isoformat(), queued.id),
    )
    mark_stale(connection, [queued.message_id])


def note_target(connection: Connection, number: int, target: Spot) -> None:
    """Joins the caller's transaction: by what name the server knows the folder a message went to."""
    connection.execute(
        "UPDATE server_queue SET target_name = ?, target_role = ? WHERE id = ?", (target.name, target.role, number)
    )


def note_flags(connection: Connection, copy: StoredCopy, flags: Iterable[str]) -> None:
    """Joins the caller's transaction: the server has this copy's flags so."""
    connection.execute(
        "UPDATE places SET flags = ? WHERE folder = ? AND uid = ?", (" ".join(flags), copy.folder, copy.uid)
    )


def note_left(connection: Connection, copy: StoredCopy) -> None:
    """Joins the caller's transaction: the server has moved this copy away; the next sync finds it where it is."""
    gone = connection.execute("DELETE FROM places WHERE folder = ? AND uid = ?", (copy.folder, copy.uid)).rowcount
    connection.execute("UPDATE folders SET on_server = on_server - ? WHERE id = ?", (gone, copy.folder))


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a server says that it has put a message (COPYUID)."""

    folder: str
    uidvalidity: int
    uid: int
    flags: tuple[str, ...]


def note_arrived(connection: Connection, account: str, message_id: str, arrival: Arrival) -> None:
    """Joins the caller's transaction: shown there before the next sync has looked, where that folder is synced."""
    there = connection.execute(
        "SELECT folders.id AS folder, messages.id AS message FROM folders, messages "
        "WHERE folders.account = ? AND folders.name = ? AND folders.uidvalidity = ? AND messages.message_id = ?",
        (account, arrival.folder, arrival.uidvalidity, message_id),
    ).fetchone()
    if there is not None:
        connection.execute(
            "INSERT OR REPLACE INTO places (folder, uid, message, flags) VALUES (?, ?, ?, ?)",
            (there["folder"], arrival.uid, there["message"], " ".join(arrival.flags)),
        )
        connection.execute("UPDATE folders SET on_server = on_server + 1 WHERE id = ?", (there["folder"],))


def retry_parked(connection: Connection) -> None:
    """Somebody asks for a sync: a folder may have been made, a quota raised."""
    with transaction(connection):
        connection.execute("UPDATE server_queue SET state = 'waiting', words = '' WHERE state = 'parked'")


# ---- keywords


def wished_keywords(connection: Connection, account: str, message_id: str) -> frozenset[str]:
    """What a server was last asked to show of a message."""
    row = connection.execute(
        "SELECT wanted FROM keywords WHERE account = ? AND message_id = ?", (account, message_id)
    ).fetchone()
    return frozenset() if row is None else frozenset(row["wanted"].split())


def note_keywords(connection: Connection, account: str, message_id: str, wanted: Iterable[str]) -> None:
    """Joins the caller's transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO keywords (account, message_id, wanted) VALUES (?, ?, ?)",
        (account, message_id, " ".join(sorted(wanted))),
    )
