"""An engine that stays, on a real server: news is heard, folders move, connections are cut."""

import os
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clientinbox.desk.clock import SystemClock
from clientinbox.desk.engine.process import run_engine
from clientinbox.desk.events import AccountState, Event, MessagesArrived, SyncFinished
from clientinbox.edge.imap import ImapMailbox, open_mailbox
from clientinbox.edge.settings import Paths, Settings
from clientinbox.edge.settings.paths import find_paths
from clientinbox.edge.store import connect, folders, queries
from clientinbox.mail.account import Account

pytestmark = pytest.mark.dovecot
PATIENCE = 60.0


def raw(number: int, subject: str = "Where is it?") -> bytes:
    return (
        f"From: helen@client.example\r\nTo: ana@lantern.example\r\nSubject: {subject} {number}\r\n"
        f"Date: Mon, 2 Mar 2026 09:00:00 +0000\r\nMessage-ID: <{number}@client.example>\r\n\r\nWhere is it?\r\n"
    ).encode()


class Watch:
    """`sync --watch` in this process, and what a door hears of it."""

    def __init__(self, account: Account, paths: Paths) -> None:
        self._settings = Settings((account,), paths)
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch")

    def _run(self) -> None:
        run_engine(
            self._settings,
            SystemClock(),
            first={"do": "sync", "request": 1},
            listener=self._events.put,
            stay=lambda _: not self._stop.is_set(),
        )

    def hear(self, wanted: Callable[[Event], bool]) -> Event:
        while True:
            event = self._events.get(timeout=PATIENCE)
            if wanted(event):
                return event

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join(PATIENCE)
            assert not self._thread.is_alive()


@pytest.fixture
def watch(imap_account: Account, own_home: Path) -> Watch:
    assert own_home
    return Watch(imap_account, find_paths(None, os.environ))


@pytest.fixture
def other(imap_account: Account, imap_login: Any) -> Iterator[ImapMailbox]:
    """Another program on the same mailbox."""
    with open_mailbox(imap_account, imap_login.password, timeout=20) as opened:
        yield opened


def finished(event: Event) -> bool:
    return isinstance(event, SyncFinished) and event.request == 1


def online(event: Event) -> bool:
    return isinstance(event, AccountState) and event.state == "online"


def arrived(event: Event) -> bool:
    return isinstance(event, MessagesArrived) and bool(event.threads)


def test_new_mail_is_heard_of_and_a_cut_connection_comes_back_and_hears_again(
    watch: Watch, other: ImapMailbox, dovecot: Any, imap_login: Any
) -> None:
    with watch.running():
        watch.hear(finished)
        other.append("INBOX", raw(1))
        watch.hear(arrived)  # long before the minute after which folders are asked
        other.append("INBOX", raw(2))
        watch.hear(arrived)
        kick(dovecot, imap_login.user)
        offline = watch.hear(lambda event: isinstance(event, AccountState) and event.state == "offline")
        assert isinstance(offline, AccountState)
        assert 0 < (offline.retry_in_s or 0) <= 1.0
        watch.hear(online)
        with open_again(watch, imap_login) as again:
            again.append("INBOX", raw(3))
        watch.hear(arrived)
    with connect_store() as store:
        assert {m.message_id for m in queries.all_messages(store)} == {f"<{n}@client.example>" for n in (1, 2, 3)}


def kick(dovecot: Any, user: str) -> None:
    subprocess.run(
        ["doveadm", "-c", str(dovecot.dir / "dovecot.conf"), "kick", user],
        check=True,
        timeout=30,
        capture_output=True,
        env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"},
    )


def open_again(watch: Watch, imap_login: Any) -> ImapMailbox:
    (account,) = watch._settings.accounts
    return open_mailbox(account, imap_login.password, timeout=20)


@contextmanager
def connect_store() -> Iterator[Any]:
    store = connect(find_paths(None, os.environ).database)
    try:
        yield store
    finally:
        store.close()


def test_folders_renamed_deleted_and_renumbered_on_a_real_server_keep_what_was_decided(
    imap_account: Account, other: ImapMailbox, own_home: Path
) -> None:
    assert own_home
    account = replace(imap_account, folders=("INBOX", "archive", "Projects"), history=timedelta(days=90))
    for number in range(6):
        other.append("Archive", raw(number))
    other.create_folder("Projects")
    other.append("Projects", raw(10))
    other.append("INBOX", raw(20))

    def sync(changed: Account) -> dict[str, Any]:
        reports: list[dict[str, Any]] = []

        def hear(event: Event) -> None:
            if isinstance(event, SyncFinished):
                reports.append(event.report)

        settings = Settings((changed,), find_paths(None, os.environ))
        assert run_engine(settings, SystemClock(), first={"do": "sync", "request": 1}, listener=hear)
        return reports[-1]

    first = sync(account)
    assert (first["ok"], first["messages"], first["accounts"][0]["read"]) == (True, 8, 8)
    other._client.rename_folder("Archive", "Archiv")
    other._client.delete_folder("Projects")
    renamed = sync(replace(account, folders=("INBOX", "Archiv")))
    assert (renamed["ok"], renamed["messages"]) == (True, 8)
    (said,) = renamed["accounts"]
    assert (said["listed"], said["read"]) == (0, 0)
    assert [(f["folder"], f["stored"]) for f in said["folders"]] == [("INBOX", 1), ("Archiv", 6)]
    with connect_store() as store:
        projects = queries.message_by_id(store, "<10@client.example>")
        assert projects is not None
        assert queries.places_of(store, projects) == ()
    # renumbered: deleted, made again, filled in another order
    other._client.delete_folder("Archiv")
    other.create_folder("Archiv")
    for number in reversed(range(6)):
        other.append("Archiv", raw(number))
    again = sync(replace(account, folders=("INBOX", "Archiv")))
    (said,) = again["accounts"]
    assert (again["ok"], again["messages"], said["listed"], said["read"]) == (True, 8, 0, 0)
    with connect_store() as store:
        archive = next(row for row in queries.folders(store) if row.name == "Archiv")
        at = folders.messages_at(store, archive.id)
        assert len(at) == 6
        assert at[1] == queries.message_by_id(store, "<5@client.example>")
