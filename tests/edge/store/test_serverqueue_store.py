"""The queue of changes in the database: what an older one becomes, and arrows that hold only from where they start."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from clientinbox.edge.store import connect, serverqueue
from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.schema import migrations
from clientinbox.mail.serverqueue import ARCHIVE, INBOX, SEEN, Move, Plan, SetFlag, State

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def fill(connection: Connection) -> None:
    """One thread of two mails in INBOX, the first of them in Sent too."""
    connection.execute("INSERT INTO threads (id) VALUES (1)")
    for number in (1, 2):
        connection.execute(
            "INSERT INTO messages (id, message_id, digest, thread, sent_at, ours, automatic, from_name, from_email, "
            "recipients, subject, subject_key, auth, size) VALUES (?, ?, '', 1, ?, 0, '', '', '', '[]', '', '', '[]', 1)",
            (number, f"<{number}@x>", NOW.isoformat()),
        )
    connection.execute(
        "INSERT INTO folders (id, account, name, role, uidvalidity) VALUES (1, 'a', 'INBOX', 'inbox', 1)"
    )
    connection.execute("INSERT INTO folders (id, account, name, role, uidvalidity) VALUES (2, 'a', 'Sent', 'sent', 1)")
    for folder, uid, message in ((1, 1, 1), (1, 2, 2), (2, 1, 1)):
        connection.execute("INSERT INTO places VALUES (?, ?, ?, '')", (folder, uid, message))


def test_what_was_archived_here_before_there_was_a_queue_stays_so_and_never_reaches_a_server(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    with closing(Database(path)) as old:
        migrations.apply(old, stop_before="m007_server_queue")
    with closing(Connection(path, isolation_level=None)) as before:
        fill(before)
        for up_to, undone in ((1, None), (2, NOW.isoformat())):
            before.execute(
                "INSERT INTO archivings (thread, up_to, made_at, undone_at) VALUES (1, ?, ?, ?)",
                (up_to, NOW.isoformat(), undone),
            )
    with closing(connect(path)) as store:
        (change,) = serverqueue.pending(store)
        assert (change.message_id, change.state) == ("<1@x>", State.LOCAL)
        places = sorted((place.message, place.role) for place in serverqueue.thread_places(store, 1))
        assert places == [(1, "archive"), (1, "sent"), (2, "inbox")]
        assert serverqueue.accounts_waiting(store) == ()


def test_of_a_door_that_changes_its_mind_and_an_engine_that_writes_one_wins(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "mail.db")) as store:
        fill(store)
        with transaction(store):
            for plan in (Plan(add=Move(INBOX, ARCHIVE)), Plan(add=SetFlag(SEEN, on=True))):
                serverqueue.apply(store, "a", "<1@x>", plan, state=State.WAITING, now=NOW)
        move, flag = serverqueue.open_changes(store, "a", "<1@x>")
        assert [each.id for each in serverqueue.next_changes(store, "a")] == [move.id]
        with transaction(store):
            serverqueue.apply(store, "a", "<1@x>", Plan((flag.id,)), state=State.WAITING, now=NOW)
        assert serverqueue.claim(store, [move.id, flag.id]) == {move.id}
        assert [each.state for each in serverqueue.next_changes(store, "a")] == [State.SENDING]
