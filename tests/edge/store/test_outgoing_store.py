"""Drafts and the outbox on disk: each arrow of the small machine holds from its own state alone."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clientinbox.edge.store import Connection, calls, connect, outgoing, writes
from clientinbox.edge.store.outgoing import NewEntry
from clientinbox.mail.drafts import Draft, OutboxState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Connection]:
    with closing(connect(tmp_path / "mail.db")) as opened:
        yield opened


def begun(store: Connection, **changes: str) -> Draft:
    draft = outgoing.add_draft(
        store,
        account="test",
        thread=writes.new_thread(store),
        kind="reply",
        in_reply_to="<p@x>",
        to="helen@museum.example",
        cc="",
        subject="Re: x",
        body="",
        now=NOW,
    )
    outgoing.save_draft(store, draft.id, changes, None, NOW)
    return outgoing.draft(store, draft.id) or draft


def queued(store: Connection, draft: Draft, identifier: str = "<a@lantern.example>") -> int:
    number = outgoing.queue(
        store,
        NewEntry(
            message_id=identifier,
            account="test",
            thread=draft.thread,
            draft=draft.id,
            raw=b"raw",
            sender="ana@lantern.example",
            recipients=("helen@museum.example",),
            subject="Re: x",
            answers="<p@x>",
            queued_at=NOW,
            not_before=NOW + timedelta(seconds=30),
        ),
    )
    assert number is not None
    return number


def state(store: Connection, number: int) -> OutboxState:
    entry = outgoing.entry(store, number)
    assert entry is not None
    return entry.state


def test_a_draft_is_queued_once_and_then_closed_to_changes(store: Connection) -> None:
    draft = begun(store, body="words")
    number = queued(store, draft)
    assert outgoing.open_drafts(store) == ()
    assert not outgoing.save_draft(store, draft.id, {"body": "late"}, None, NOW)
    assert not outgoing.discard_draft(store, draft.id, NOW)
    entry = outgoing.entry(store, number)
    assert entry is not None
    new = NewEntry("<b@x>", "test", None, draft.id, b"", "a@x", (), "", "", NOW, NOW)
    assert outgoing.queue(store, new) is None
    assert [each.id for each in outgoing.outbox(store)] == [number]
    assert entry.due == NOW + timedelta(seconds=30)
    with pytest.raises(Exception, match="UNIQUE"):
        queued(store, begun(store), "<a@lantern.example>")


def test_whoever_is_first_wins_between_taking_back_and_sending(store: Connection) -> None:
    taken_back = queued(store, begun(store), "<a@x>")
    assert outgoing.cancel(store, taken_back)
    assert not outgoing.claim(store, taken_back)
    assert len(outgoing.open_drafts(store)) == 1

    sending = queued(store, begun(store), "<b@x>")
    assert outgoing.claim(store, sending)
    assert not outgoing.claim(store, sending)
    assert not outgoing.cancel(store, sending)
    assert state(store, sending) is OutboxState.SENDING


def test_what_was_being_sent_when_the_engine_died_is_in_doubt_until_it_is_known(store: Connection) -> None:
    number = queued(store, begun(store))
    outgoing.claim(store, number)
    outgoing.take_up(store)
    entry = outgoing.entry(store, number)
    assert entry is not None
    assert (entry.state, entry.uncertain) == (OutboxState.WAITING, True)
    assert not outgoing.cancel(store, number)
    outgoing.note_sent(store, number, NOW)
    entry = outgoing.entry(store, number)
    assert entry is not None
    assert (entry.state, entry.uncertain, entry.filed) == (OutboxState.SENT, False, False)
    assert [each.id for each in outgoing.unfiled(store)] == [number]
    outgoing.note_filed(store, number)
    assert outgoing.unfiled(store) == outgoing.outbox(store) == ()
    assert outgoing.is_own(store, "<a@lantern.example>")


def test_a_failed_one_is_shown_until_its_draft_goes_again_or_is_thrown_away(store: Connection) -> None:
    draft = begun(store)
    first = queued(store, draft, "<a@x>")
    outgoing.claim(store, first)
    outgoing.note_failed(store, first, "no such user")
    assert [each.id for each in outgoing.outbox(store)] == [first]
    second = queued(store, draft, "<b@x>")
    assert [each.id for each in outgoing.outbox(store)] == [second]
    outgoing.claim(store, second)
    outgoing.note_failed(store, second, "again")
    assert [each.id for each in outgoing.outbox(store)] == [second]
    outgoing.discard_draft(store, draft.id, NOW)
    assert outgoing.outbox(store) == ()
    assert outgoing.recover_draft(store, draft.id)
    assert [each.id for each in outgoing.open_drafts(store)] == [draft.id]


def test_after_a_merge_drafts_and_calls_are_found_under_the_thread_that_stays(store: Connection) -> None:
    kept = writes.new_thread(store)
    draft = begun(store)
    assert draft.thread is not None
    calls.log_call(store, thread=draft.thread, client="x", contact_email="h@x", at=NOW, data={"minutes": 12})
    calls.decide(store, thread=draft.thread, message_id="<p@x>", choice="hold", reason="", until=NOW, now=NOW)
    writes.merge_threads(store, kept, [draft.thread])
    assert [each.thread for each in outgoing.open_drafts(store)] == [kept]
    (call,) = calls.calls(store, thread=kept)
    assert (call.thread, call.data) == (kept, {"minutes": 12})
    assert [each.choice for each in calls.decisions(store, kept)] == ["hold"]
    calls.undo_call(store, call.id, NOW)
    assert calls.calls(store) == ()


SAVES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from clientinbox.edge.store import connect, outgoing
store = connect(Path(sys.argv[1]))
for number in range(10**9):
    outgoing.save_draft(store, int(sys.argv[2]), {"body": f"{number} " + "x" * 5000}, None, datetime.now(UTC))
    print(number, flush=True)
"""


def test_what_was_saved_survives_kill_9(store: Connection, tmp_path: Path) -> None:
    draft = begun(store)
    command = [sys.executable, "-c", SAVES, str(tmp_path / "mail.db"), str(draft.id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as typing:
        assert typing.stdout is not None
        said = [int(typing.stdout.readline()) for _ in range(20)][-1]
        os.kill(typing.pid, signal.SIGKILL)
    with closing(connect(tmp_path / "mail.db")) as after:
        kept = outgoing.draft(after, draft.id)
    assert kept is not None
    number, _, rest = kept.body.partition(" ")
    assert int(number) >= said
    assert rest == "x" * 5000


def test_a_store_of_before_gets_its_outbox_and_keeps_its_mail(tmp_path: Path) -> None:
    path = tmp_path / "mail.db"
    with closing(connect(path)) as made:
        thread = writes.new_thread(made)
    with closing(sqlite3.connect(path)) as raw:  # as the version before would have left it
        for table in ("drafts", "outbox", "calls", "call_decisions", "server_writes"):
            raw.execute(f"DROP TABLE {table}")
        raw.execute("DELETE FROM _sqlite_migrations WHERE name = 'm004_outgoing'")
        raw.commit()
    with closing(connect(path)) as migrated:
        assert outgoing.outbox(migrated) == ()
        assert migrated.execute("SELECT id FROM threads").fetchone()["id"] == thread
