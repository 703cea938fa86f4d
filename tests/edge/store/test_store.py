"""The database: what a row is, what never moves, what a person set, and what happens when the file or disk will not."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from clientinbox.edge.store import Connection, StoreError, connect, folders, queries, transaction, writes
from clientinbox.edge.store.migration_names import NAMES
from clientinbox.edge.store.rows import StoredVerdict
from clientinbox.edge.store.schema import migrations
from clientinbox.mail.message import Address, Body, Envelope
from clientinbox.triage.labels import Classification, Label, Tension

DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HELEN = Address("Helen", "helen@client.example")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mail.db"


@pytest.fixture
def store(path: Path) -> Iterator[Connection]:
    with closing(connect(path)) as connection:
        yield connection


def listing(
    uid: int,
    *,
    received: datetime = DAY,
    message_id: str = "",
    subject: str = "Login page",
    thread: int | None = None,
    merged: tuple[int, ...] = (),
) -> writes.Listing:
    own = message_id or f"<m{uid}@client.example>"
    return writes.Listing(
        uid=uid,
        envelope=Envelope(own, subject, HELEN, date=received, digest=f"digest of {own}"),
        flags=(),
        received=received,
        size=100,
        ours=False,
        subject_key=subject.casefold(),
        thread=thread,
        merged=merged,
        mentioned=(own,),
    )


def put(store: Connection, *listings: writes.Listing, folder: str = "INBOX") -> list[int]:
    number = writes.folder_id(store, "lantern", folder, folder.lower())
    with transaction(store):
        return [writes.list_message(store, number, each) for each in listings]


def read(store: Connection, message: int, text: str) -> None:
    writes.read_messages(store, [writes.Reading(message, Body(text), (), text, writes.deflate(text.encode()), "1")])


def verdict(version: str, tension: Tension) -> StoredVerdict:
    said = Classification(
        frozenset({Label.COMPLAINT}), dict.fromkeys(Label, 0.5), tension, (0.25, 0.25, 0.25, 0.25), (), frozenset()
    )
    return StoredVerdict(version, said, ())


def found(store: Connection, word: str) -> list[int]:
    return [row[0] for row in store.execute("SELECT rowid FROM words WHERE words MATCH ?", (word,))]


# ---- the file


def test_every_table_is_strict_the_journal_is_wal_keys_are_enforced_and_the_file_is_its_owners(
    store: Connection, path: Path
) -> None:
    tables = store.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    kept_by_libraries = {"sqlite_schema", "sqlite_sequence", "_sqlite_migrations"}
    loose = {row["name"] for row in tables if not row["strict"]} - kept_by_libraries
    assert loose == set()
    assert store.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.execute("INSERT INTO raw (message, deflated) VALUES (7, x'00')")
    put(store, listing(1))
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


OPEN_AND_WRITE = """
import sys
from pathlib import Path
from clientinbox.edge.store import connect, writes
print("ready", flush=True)
sys.stdin.readline()
connection = connect(Path(sys.argv[1]))
writes.folder_id(connection, sys.argv[2], "INBOX", "inbox")
"""


def test_processes_that_open_a_fresh_file_at_once_all_succeed(path: Path) -> None:
    command = [sys.executable, "-c", OPEN_AND_WRITE, str(path)]
    doors = [
        subprocess.Popen(
            [*command, f"door{n}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for n in range(4)
    ]
    for door in doors:
        assert door.stdout
        door.stdout.readline()
    for door in doors:
        assert door.stdin
        door.stdin.write("go\n")
        door.stdin.flush()
    said = [door.communicate(timeout=30)[1] for door in doors]
    assert [door.returncode for door in doors] == [0] * 4, said
    with closing(connect(path)) as store:
        assert {row.account for row in queries.folders(store)} == {f"door{n}" for n in range(4)}
        applied = [row[0] for row in store.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
    assert tuple(applied) == NAMES


def test_a_newer_database_is_refused_in_words_and_left_alone(path: Path) -> None:
    with closing(connect(path)) as store:
        store.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('clientinbox', 'm999_later', '')"
        )
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer clientinbox"):
        connect(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all, " * 300, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mail.db").write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        connect(tmp_path / "mail.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be opened"):
        connect(tmp_path / "data" / "mail.db")


@pytest.mark.parametrize("first_missing", NAMES[1:])
def test_an_older_database_full_of_mail_is_migrated_and_keeps_its_rows(path: Path, first_missing: str) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        migrations.apply(Database(old), stop_before=first_missing)
        old.execute("INSERT INTO folders (id, account, name, role) VALUES (1, 'lantern', 'INBOX', 'inbox')")
        for number in range(1, 51):
            old.execute("INSERT INTO threads (id, stale) VALUES (?, 0)", (number,))
            values = (number, f"<{number}@x>", number, DAY.isoformat(), f"subject {number}", f"words of {number}")
            old.execute(
                "INSERT INTO messages (id, message_id, digest, thread, sent_at, ours, automatic, from_name, from_email, "
                "recipients, subject, subject_key, auth, size, body, own_text) "
                "VALUES (?, ?, '', ?, ?, 0, '', 'Helen', 'helen@client.example', '[[],[]]', ?, '', '[]', 1, 'b', ?)",
                values,
            )
            old.execute("INSERT INTO places (folder, uid, message, flags) VALUES (1, ?, ?, '')", (number, number))
    with closing(connect(path)) as store:
        kept = list(queries.all_messages(store))
        assert [(m.id, m.own_text) for m in kept] == [(n, f"words of {n}") for n in range(1, 51)]
        assert queries.stored_uids(store, 1) == frozenset(range(1, 51))
        writes.understand_messages(store, [(1, verdict("v", Tension.TENSE))])
        assert queries.messages_by_id(store, [1])[0].verdict == verdict("v", Tension.TENSE)
        assert not store.execute("PRAGMA foreign_key_check").fetchall()
        assert store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_full_disk_says_so_and_loses_nothing_that_was_there_before(store: Connection, path: Path) -> None:
    message, other = put(store, listing(1), listing(2))
    read(store, message, "kept words")
    pages = store.execute("PRAGMA page_count").fetchone()[0]
    store.execute(f"PRAGMA max_page_count = {pages + 2}")
    noise = os.urandom(300_000).hex()
    for _ in range(2):  # the connection is good for another try
        with pytest.raises(StoreError, match=r"disk is full.*Free some space"):
            read(store, other, noise)
        assert not store.in_transaction
    store.execute(f"PRAGMA max_page_count = {pages + 2_000}")
    read(store, other, noise)
    with closing(connect(path)) as door:
        assert [m.body for m in queries.all_messages(door)] == ["kept words", noise]
        assert found(door, "kept") == [message]


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(store: Connection) -> None:
    def half() -> None:
        with transaction(store):
            writes.new_thread(store)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert store.execute("SELECT count(*) FROM threads").fetchone()[0] == 0
    put(store, listing(1))


# ---- a message


@settings(max_examples=25, deadline=None)
@given(seconds=st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_row_ids_follow_the_arrival_on_the_server_are_unique_within_a_second_and_never_move(
    tmp_path_factory: pytest.TempPathFactory, seconds: list[int]
) -> None:
    with closing(connect(tmp_path_factory.mktemp("ids") / "mail.db")) as store:
        times = [DAY + timedelta(seconds=s) for s in seconds]
        ids = put(store, *(listing(uid, received=when) for uid, when in enumerate(times, start=1)))
        assert len(set(ids)) == len(ids)
        by_id = [second for _, second in sorted(zip(ids, seconds, strict=True))]
        assert by_id == sorted(seconds)
        for message in ids:
            read(store, message, "words")
        again = put(store, *(listing(uid, received=DAY - timedelta(days=9)) for uid in range(1, len(ids) + 1)))
        assert again == ids


@pytest.mark.parametrize("received", [datetime(1969, 12, 31, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)])
def test_mail_from_before_time_began_is_listed_like_any_other(store: Connection, received: datetime) -> None:
    put(store, listing(1, received=received), listing(2, received=received))
    assert len(list(queries.all_messages(store))) == 2


def test_a_thread_is_read_in_the_order_it_was_written_however_it_came(store: Connection) -> None:
    """A mailbox that was moved as a whole has one INTERNALDATE for all its mail, and the newest is listed first."""
    thread = None
    for uid in (3, 2, 1):
        sent = DAY - timedelta(days=10 - uid)
        one = listing(uid, thread=thread)
        (message,) = put(store, replace(one, envelope=replace(one.envelope, date=sent.astimezone())))
        thread = queries.messages_by_id(store, [message])[0].thread
    assert thread is not None
    assert [m.message_id for m in queries.thread_messages(store, thread)] == [
        f"<m{uid}@client.example>" for uid in (1, 2, 3)
    ]


def test_one_message_in_two_folders_is_one_row_with_two_places(store: Connection) -> None:
    (message,) = put(store, listing(1, message_id="<same@x>"))
    assert put(store, listing(77, message_id="<same@x>"), folder="Archive") == [message]
    assert queries.places_of(store, message) == (("lantern", "INBOX"), ("lantern", "Archive"))
    assert queries.message_count(store) == 1
    inbox = next(row.id for row in queries.folders(store) if row.name == "INBOX")
    writes.forget_uids(store, inbox, [1])
    assert queries.places_of(store, message) == (("lantern", "Archive"),)


def test_a_merge_keeps_the_older_thread_and_everything_people_hung_on_the_other(store: Connection) -> None:
    older, younger = put(store, listing(1), listing(2))
    first, second = (queries.messages_by_id(store, [m])[0].thread for m in (older, younger))
    put(store, listing(3, received=DAY + timedelta(hours=1), thread=first, merged=(second,)))
    assert queries.resolve_thread(store, second) == first
    assert queries.resolve_thread(store, first) == first
    assert [m.thread for m in queries.thread_messages(store, first)] == [first] * 3
    assert queries.thread_messages(store, second) == ()
    (fourth,) = put(store, listing(4))
    put(store, listing(5, thread=queries.messages_by_id(store, [fourth])[0].thread, merged=(first,)))
    assert queries.resolve_thread(store, second) == queries.messages_by_id(store, [fourth])[0].thread
    assert writes.new_thread(store) > second


def test_what_a_person_set_survives_another_version_of_the_model_and_is_taken_back_alone(store: Connection) -> None:
    (message,) = put(store, listing(1))
    writes.understand_messages(store, [(message, verdict("one", Tension.LIVID))])
    tense = writes.add_correction(store, "<m1@client.example>", "tension", 1, DAY)
    again = writes.add_correction(store, "<m1@client.example>", "tension", 0, DAY)
    writes.add_correction(store, "<m1@client.example>", "complaint", 0, DAY)
    writes.understand_messages(store, [(message, verdict("two", Tension.TENSE))])
    thread = queries.messages_by_id(store, [message])[0].thread

    def now() -> tuple[dict[str, int], str | None]:
        (one,) = queries.thread_messages(store, thread)
        return one.corrections, one.verdict.version if one.verdict else None

    assert now() == ({"tension": 0, "complaint": 0}, "two")
    writes.undo_correction(store, again, DAY)
    assert now()[0] == {"tension": 1, "complaint": 0}
    writes.undo_correction(store, tense, DAY)
    assert now()[0] == {"complaint": 0}


def test_search_finds_new_words_and_forgets_what_a_second_reading_no_longer_has(store: Connection) -> None:
    one, two = put(store, listing(1, subject="Köln"), listing(2))
    read(store, one, "the marmalade is late")
    read(store, two, "nothing of note")
    assert found(store, "marmalade") == [one]
    assert found(store, "koln") == [one]
    read(store, one, "the honey is late")
    assert (found(store, "marmalade"), found(store, "honey")) == ([], [one])
    store.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")


# ---- folders


def test_a_folder_that_was_renumbered_keeps_its_mail_under_the_new_numbers(store: Connection) -> None:
    messages = put(store, listing(1), listing(2), listing(3))
    folder = queries.folders(store)[0].id
    with transaction(store):
        writes.skip(store, folder, [(9, "no client")])
    writes.add_correction(store, "<m2@client.example>", "tension", 3, DAY)
    _settle(store)
    folders.remap(store, folder, 77, {102: (messages[1], ("\\Seen",)), 101: (messages[0], ())})
    assert queries.stored_uids(store, folder) == {101, 102}
    assert queries.skipped_uids(store, folder) == frozenset()
    assert queries.flags_by_uid(store, folder)[102] == ("\\Seen",)
    threads = [m.thread for m in queries.messages_by_id(store, messages)]
    assert sorted(queries.stale_threads(store, 10)) == sorted(threads)  # one of them may have gone for good
    assert queries.thread_messages(store, threads[1])[0].corrections == {"tension": 3}
    assert queries.places_of(store, messages[2]) == ()


def _settle(store: Connection) -> None:
    store.execute("UPDATE threads SET stale = 0")


def test_columns_of_json_come_back_as_the_values_they_were(store: Connection) -> None:
    (message,) = put(store, listing(1, subject='[/] "[URGENT]" 日本 \u202e'))
    writes.understand_messages(store, [(message, verdict("v", Tension.CALM))])
    (one,) = queries.messages_by_id(store, [message])
    assert one.subject == '[/] "[URGENT]" 日本 \u202e'
    assert one.sender == HELEN
    assert one.verdict == verdict("v", Tension.CALM)
    stored: Sequence[str] = json.loads(store.execute("SELECT labels FROM verdicts").fetchone()[0])
    assert stored == ["complaint"]
