"""From a real server into the store, through the command, killed on the way: nothing lost, nothing twice, nothing
written to the server.
"""

import json
import os
import random
import signal
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from clientinbox.edge.imap import open_mailbox
from clientinbox.edge.store import Connection, connect, queries, writes
from clientinbox.mail.account import Account

pytestmark = pytest.mark.dovecot

COMMAND = [sys.executable, "-m", "clientinbox"]
DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COUNT = 300


@pytest.fixture
def config(imap_account: Account, tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    imap = imap_account.imap
    file.write_text(
        f"""
[accounts.test]
email = "{imap_account.email}"
imap.server = "imaps://{imap.host}:{imap.port}"
imap.login = "{imap.login}"
imap.password.env = "{imap.password.env}"
imap.ca = "{imap.ca_file}"
scope = "all"
history = "all"
"""
    )
    return file


@pytest.fixture
def server(imap_account: Account, imap_login: Any, dovecot: Any) -> Iterator[IMAPClient]:
    """Another mail program on the same mailbox."""
    assert imap_account
    with IMAPClient(dovecot.host, dovecot.port, ssl=False) as client:
        client.starttls(_context(dovecot.ca))
        client.login(imap_login.user, imap_login.password)
        yield client


def _context(authority: str) -> Any:
    return ssl.create_default_context(cafile=authority)


@pytest.fixture
def store(own_home: Path) -> Iterator[Callable[[], Connection]]:
    opened = []

    def again() -> Connection:
        opened.append(connect(own_home / "xdg_data_home" / "clientinbox" / "clientinbox.db"))
        return opened[-1]

    yield again
    for connection in opened:
        connection.close()


def sync(config: Path, *more: str) -> dict[str, Any]:
    done = subprocess.run(
        [*COMMAND, "-c", str(config), "sync", "--json", *more], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def mailbox_of(seed: int) -> list[tuple[str, bytes]]:
    """(folder, message) pairs: conversations of three, our answers in Sent, one in seven copied to the Archive."""
    rng = random.Random(seed)  # noqa: S311
    made = []
    for number in range(COUNT):
        thread, place = divmod(number, 3)
        ours = place == 1
        when = DAY + timedelta(minutes=number)
        words = " ".join(rng.choice(["where", "is", "the", "login", "page", "late", "please"]) for _ in range(30))
        head = [
            f"From: {'ana@lantern.example' if ours else f'helen{thread}@client.example'}",
            f"To: {f'helen{thread}@client.example' if ours else 'ana@lantern.example'}",
            f"Subject: {'Re: ' if place else ''}Question {thread}",
            f"Date: {when:%a, %d %b %Y %H:%M:%S} +0000",
            f"Message-ID: <{thread}.{place}@client.example>",
        ]
        head += [f"References: <{thread}.0@client.example>"] if place else []
        raw = "\r\n".join([*head, "", f"{words}?", ""]).encode()
        made.append(("Sent" if ours else "INBOX", raw))
        if number % 7 == 0:
            made.append(("Archive", raw))
    return made


def fill(account: Account, password: str, mails: list[tuple[str, bytes]]) -> None:
    with open_mailbox(account, password, timeout=10) as courier:
        for folder, raw in mails:
            courier.append(folder, raw)


def seen(server: IMAPClient) -> dict[str, Any]:
    """Everything that a reader could have changed."""
    found = {}
    for folder in ("INBOX", "Sent", "Archive"):
        state = server.select_folder(folder, readonly=True)
        flags = server.fetch(server.search("ALL"), ["FLAGS"])
        kept = {uid: sorted(f for f in data[b"FLAGS"] if f != b"\\Recent") for uid, data in flags.items()}
        found[folder] = (state[b"UIDNEXT"], state[b"UIDVALIDITY"], kept)
    return found


def listed(path: Path) -> int:
    """How far a sync in another process has come."""
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
            return int(
                reader.execute(
                    "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM messages WHERE body IS NOT NULL) "
                    "+ (SELECT count(*) FROM verdicts)"
                ).fetchone()[0]
            )
    except sqlite3.Error:
        return 0


@pytest.mark.timeout(120)
def test_a_sync_that_is_killed_again_and_again_ends_with_everything_once_and_a_server_untouched(
    config: Path, imap_account: Account, imap_login: Any, server: IMAPClient, own_home: Path, store: Any
) -> None:
    mails = mailbox_of(seed=5)
    fill(imap_account, imap_login.password, mails)
    before = seen(server)
    database = own_home / "xdg_data_home" / "clientinbox" / "clientinbox.db"
    rng = random.Random(17)  # noqa: S311
    killed = 0
    for part in (1, 30, 60, 80):
        goal = part * 9 * COUNT // 400 + rng.randrange(20)
        with subprocess.Popen([*COMMAND, "-c", str(config), "sync"], stdout=subprocess.PIPE) as process:
            while process.poll() is None and listed(database) < goal:
                os.sched_yield()
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 3

    report = sync(config)
    (account,) = report["accounts"]
    assert (report["ok"], report["messages"], account["reconciles"]) == (True, COUNT, True)
    wanted = {folder: sum(each == folder for each, _ in mails) for folder in ("INBOX", "Sent", "Archive")}
    assert {f["folder"]: (f["on_server"], f["stored"], f["not_read_yet"]) for f in account["folders"]} == {
        folder: (count, count, 0) for folder, count in wanted.items()
    }
    kept = store()
    stored = list(queries.all_messages(kept))
    assert len({m.message_id for m in stored}) == len(stored) == COUNT
    assert all(m.body and m.body.endswith("?") for m in stored)
    assert {m.verdict is not None for m in stored if not m.ours} == {True}
    assert {m.verdict for m in stored if m.ours} == {None}
    threads: dict[int, list[str]] = {}
    for message in stored:
        threads.setdefault(message.thread, []).append(message.message_id)
    assert len(threads) == COUNT // 3
    assert all(len({identifier.split(".")[0] for identifier in ids}) == 1 for ids in threads.values())
    assert queries.stale_threads(kept, 10) == ()
    assert kept.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    for thread in list(threads)[::17]:
        assert [m.message_id.split(".")[1][0] for m in queries.thread_messages(kept, thread)] == ["0", "1", "2"]
    assert seen(server) == before


def test_each_sync_brings_what_changed_and_only_that(
    config: Path, imap_account: Account, imap_login: Any, server: IMAPClient, store: Any
) -> None:
    mails = mailbox_of(seed=1)[:12]
    fill(imap_account, imap_login.password, mails)
    first = sync(config)
    assert first["accounts"][0]["listed"] == len(mails)
    kept = store()

    def everything() -> list[Any]:
        tables = ("messages", "places", "threads", "mentions", "verdicts", "summaries", "raw")
        return [tuple(row) for table in tables for row in kept.execute(f"SELECT * FROM {table}")]  # noqa: S608

    before = everything()
    nothing = sync(config)
    assert (nothing["accounts"][0]["listed"], nothing["accounts"][0]["read"]) == (0, 0)
    assert everything() == before

    server.select_folder("INBOX")
    uids = server.search("ALL")
    server.delete_messages(uids[:1])
    server.expunge()
    server.add_flags(uids[1:2], [b"\\Seen", b"\\Flagged"])
    newer = mailbox_of(seed=1)[-1:]
    fill(imap_account, imap_login.password, newer)
    changed = sync(config)
    assert (changed["ok"], changed["accounts"][0]["listed"], changed["accounts"][0]["read"]) == (True, 1, 1)
    inbox = next(row for row in queries.folders(kept) if row.name == "INBOX")
    assert queries.stored_uids(kept, inbox.id) == {*uids[1:], uids[-1] + 1}
    assert set(queries.flags_by_uid(kept, inbox.id)[uids[1]]) == {"\\Seen", "\\Flagged"}
    assert queries.message_count(kept) == len({raw for _, raw in mails}) + 1


def test_a_sync_without_triage_leaves_the_judging_to_the_next_one(
    config: Path, imap_account: Account, imap_login: Any, store: Any
) -> None:
    fill(imap_account, imap_login.password, mailbox_of(seed=3)[:12])
    report = sync(config, "--no-triage")
    (account,) = report["accounts"]
    assert report["ok"]
    assert account["searchable_after_s"] >= account["listed_after_s"]
    kept = store()
    waiting = "SELECT count(*) FROM threads WHERE stale != 0"
    assert kept.execute("SELECT count(*) FROM verdicts").fetchone()[0] == 0
    assert kept.execute("SELECT count(*) FROM messages WHERE body IS NULL").fetchone()[0] == 0
    assert kept.execute(waiting).fetchone()[0] > 0
    assert sync(config)["accounts"][0]["searchable_after_s"] is None
    assert kept.execute("SELECT count(*) FROM verdicts").fetchone()[0] > 0
    assert kept.execute(waiting).fetchone()[0] == 0


def test_a_folder_that_was_made_anew_on_the_server_is_mapped_again_and_keeps_what_a_person_set(
    config: Path, imap_account: Account, imap_login: Any, server: IMAPClient, store: Any
) -> None:
    inbox = [mail for mail in mailbox_of(seed=2) if mail[0] == "INBOX"][:8]
    moved = [("Archive", raw) for _, raw in inbox]
    fill(imap_account, imap_login.password, moved)
    sync(config)
    kept = store()
    ids = {m.message_id: m.id for m in queries.all_messages(kept)}
    (some, *_) = ids
    writes.add_correction(kept, some, "tension", 3, DAY)
    numbered = server.folder_status("Archive", ["UIDVALIDITY"])
    server.delete_folder("Archive")
    server.create_folder("Archive")
    fill(imap_account, imap_login.password, list(reversed(moved)))
    assert server.folder_status("Archive", ["UIDVALIDITY"]) != numbered
    report = sync(config)
    assert (report["ok"], report["messages"]) == (True, 8)
    assert {m.message_id: m.id for m in queries.all_messages(kept)} == ids
    archive = next(row for row in queries.folders(kept) if row.name == "Archive")
    assert len(queries.stored_uids(kept, archive.id)) == 8
    (page,) = (queries.thread_messages(kept, m.thread) for m in queries.all_messages(kept) if m.message_id == some)
    assert next(m for m in page if m.message_id == some).corrections == {"tension": 3}


def test_what_is_older_than_the_history_is_counted_as_left_out(
    config: Path, imap_account: Account, imap_login: Any
) -> None:
    config.write_text(config.read_text().replace('history = "all"', 'history = "30d"'))
    with open_mailbox(imap_account, imap_login.password, timeout=10) as courier:
        for days, number in ((400, 1), (200, 2), (1, 3)):
            when = datetime.now(UTC) - timedelta(days=days)
            courier.append("INBOX", b"Message-ID: <%d@x>\r\nSubject: x\r\n\r\nHm?" % number, (), when)
    report = sync(config)
    (inbox,) = (f for f in report["accounts"][0]["folders"] if f["folder"] == "INBOX")
    assert (inbox["on_server"], inbox["stored"], inbox["reconciles"]) == (3, 1, True)
    assert inbox["skipped"] == [{"reason": "older than the account's history", "count": 2}]


def test_two_syncs_at_once_both_end_well(config: Path, imap_account: Account, imap_login: Any, store: Any) -> None:
    fill(imap_account, imap_login.password, mailbox_of(seed=3)[:40])
    command = [*COMMAND, "-c", str(config), "sync", "--json"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], ended
    assert {json.loads(out)["ok"] for out, _ in ended} == {True}
    kept = store()
    assert len({m.message_id for m in queries.all_messages(kept)}) == queries.message_count(kept)


def test_ctrl_c_ends_a_watch_with_130_and_one_sentence(config: Path, imap_account: Account, imap_login: Any) -> None:
    fill(imap_account, imap_login.password, mailbox_of(seed=4)[:3])
    with subprocess.Popen(
        [*COMMAND, "-c", str(config), "sync", "--watch"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        database = Path(os.environ["XDG_DATA_HOME"]) / "clientinbox" / "clientinbox.db"
        while process.poll() is None and not listed(database):
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (130, "clientinbox: interrupted; what was stored stays.\n")
