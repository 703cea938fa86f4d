"""One pass over one account, against a mailbox that is a dictionary: what breaks, what is made up for, what is said."""

# ruff: noqa: ARG002 - a double takes what the Protocol gives it

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self, TypeVar

import pytest

from clientinbox.desk.engine.account import AccountThread
from clientinbox.desk.engine.loop import EngineLoop
from clientinbox.desk.engine.report import sync_report
from clientinbox.desk.events import Event, SyncFinished
from clientinbox.desk.intake import Intake
from clientinbox.desk.syncing import AccountReport, AccountSync, FolderMissing, SyncStopped, chosen_folders
from clientinbox.edge.store import queries
from clientinbox.errors import NetworkError
from clientinbox.mail.account import Account, PasswordSource, Scope, Security, Server
from clientinbox.mail.ports import (
    FetchedHeader,
    FetchedMessage,
    FetchedSections,
    FlagsChanged,
    Folder,
    FolderChanges,
    FolderState,
    Moved,
    Part,
)

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SERVER = Server("127.0.0.1", 1, Security.PLAIN, "ana", PasswordSource(env="NONE"))
ACCOUNT = Account("lantern", "ana@lantern.example", SERVER, scope=Scope.ALL, history=None)


@dataclass
class Shelf:
    """Fits `mail.ports.Mailbox`."""

    mails: dict[int, tuple[datetime, bytes]]
    uidvalidity: int = 1
    silent: frozenset[int] = frozenset()
    """UIDs of which the server gives nothing."""
    breaks_after: int = 10**9
    """Bodies until the connection is lost."""
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def folders(self) -> tuple[Folder, ...]:
        return (Folder("INBOX", "inbox"),)

    def select(self, folder: str) -> FolderState:
        self.asked.append(f"select {folder}")
        return FolderState(self.uidvalidity, None, len(self.mails))

    def uids(self) -> tuple[int, ...]:
        return tuple(sorted(self.mails))

    def uids_since(self, day: date) -> tuple[int, ...]:
        return tuple(uid for uid in sorted(self.mails) if self.mails[uid][0].date() >= day)

    def fetch_headers(self, uids: Sequence[int]) -> Iterator[FetchedHeader]:
        for uid in uids:
            if uid not in self.silent:
                when, raw = self.mails[uid]
                self.asked.append(f"header {uid}")
                yield FetchedHeader(uid, raw.split(b"\r\n\r\n")[0], (), when, len(raw))

    def fetch_messages(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        for uid in uids:
            if self.breaks_after == 0:
                raise NetworkError("The connection is lost.")
            self.breaks_after -= 1
            self.asked.append(f"body {uid}")
            yield FetchedMessage(uid, self.mails[uid][1])

    def flags(self, uids: Sequence[int], changed_since: int | None = None) -> dict[int, tuple[str, ...]]:
        assert changed_since is None
        return dict.fromkeys(uids, ())

    def wait_for_news(self, seconds: float) -> bool:
        return seconds < 0

    def append(self, folder: str, raw: bytes, flags: Sequence[str] = (), when: datetime | None = None) -> None:
        raise AssertionError("a sync writes nothing")

    def search_message_id(self, folder: str, message_id: str) -> tuple[int, ...]:
        raise AssertionError("a sync looks for nothing")

    def add_flags(self, folder: str, uidvalidity: int, uids: Sequence[int], flags: Sequence[str]) -> bool:
        raise AssertionError("a sync writes nothing")

    def change_flags(
        self, folder: str, uidvalidity: int, uids: Sequence[int], *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> FlagsChanged | None:
        raise AssertionError("a sync writes nothing")

    def move(self, folder: str, uidvalidity: int, uids: Sequence[int], to: str) -> Moved | None:
        raise AssertionError("a sync writes nothing")

    def folder_for(self, role: str, *, create: bool = False) -> Folder | None:
        raise AssertionError("a sync makes no folder")

    def status(self, folders: Sequence[str]) -> dict[str, FolderState]:
        return dict.fromkeys(folders, FolderState(self.uidvalidity, None, len(self.mails)))

    def changes(self, folder: str, since: FolderState, known: Collection[int]) -> FolderChanges:
        return FolderChanges(self.select(folder), None, None)

    def structures(self, uids: Sequence[int]) -> Iterator[tuple[int, Part]]:
        raise AssertionError("nothing here is large")

    def fetch_sections(self, uids: Sequence[int], sections: Sequence[str]) -> Iterator[FetchedSections]:
        raise AssertionError("nothing here is large")

    def stream(self, uid: int, section: str = "") -> Iterator[bytes]:
        raise AssertionError("nothing here is large")

    def refused(self) -> Mapping[int, str]:
        return {}

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass


class AtOnce:
    """Fits `IntakeCalls`, in the caller's own thread."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.said: list[Event] = []

    def call(self, work: Callable[[Intake], T]) -> "Future[T]":
        future: Future[T] = Future()
        future.set_result(work(self._intake))
        return future

    def now(self) -> datetime:
        return NOW

    def say(self, event: Event) -> None:
        self.said.append(event)


def shelf(kit: Any, count: int, **changes: Any) -> Shelf:
    return Shelf(
        {
            uid: (when := NOW - timedelta(days=count - uid), kit.Mail(date=when, id=f"<{uid}@x>").raw)
            for uid in range(1, count + 1)
        },
        **changes,
    )


def pass_over(house: Any, mailbox: Shelf, account: Account = ACCOUNT) -> dict[str, Any]:
    report = AccountReport(account.name)
    AccountSync(account, mailbox, AtOnce(house.intake), lambda: False).run(report)
    said: dict[str, Any] = sync_report(house.connection, [report], seconds=0.0)
    return said


def test_all_headers_come_before_the_first_body_and_both_newest_first(kit: Any, house: Any) -> None:
    mailbox = shelf(kit, 120)
    assert pass_over(house, mailbox)["ok"]
    asked = [word for word in mailbox.asked if not word.startswith("select")]
    newest_first = list(range(120, 0, -1))
    assert asked == [f"header {uid}" for uid in newest_first] + [f"body {uid}" for uid in newest_first]


def test_a_connection_lost_in_the_middle_keeps_what_was_read_and_the_next_pass_fetches_the_rest_alone(
    kit: Any, house: Any
) -> None:
    mailbox = shelf(kit, 120, breaks_after=70)
    with pytest.raises(NetworkError):
        pass_over(house, mailbox)
    folder = queries.folders(house.connection)[0].id
    left = len(queries.bodies_missing(house.connection, folder))
    assert left == 70  # a batch of 50 was whole
    mailbox.asked.clear()
    mailbox.breaks_after = 10**9
    assert pass_over(house, mailbox)["ok"]
    assert sum(word.startswith("body") for word in mailbox.asked) == left
    assert not any(word.startswith("header") for word in mailbox.asked)


def test_a_server_that_keeps_a_message_back_does_not_reconcile_until_it_gives_it(kit: Any, house: Any) -> None:
    mailbox = shelf(kit, 5, silent=frozenset({3}))
    report = pass_over(house, mailbox)
    (folder,) = report["accounts"][0]["folders"]
    assert (report["ok"], folder["on_server"], folder["stored"], folder["reconciles"]) == (False, 5, 4, False)
    mailbox.silent = frozenset()
    assert pass_over(house, mailbox)["ok"]


def test_a_renumbered_folder_reconciles_although_part_of_it_is_older_than_the_history(kit: Any, house: Any) -> None:
    recent = replace(ACCOUNT, history=timedelta(days=4))
    assert pass_over(house, shelf(kit, 10), recent)["ok"]
    before = [m.id for m in queries.all_messages(house.connection)]
    mails = shelf(kit, 10).mails
    renumbered = Shelf({11 - uid: mail for uid, mail in mails.items()}, uidvalidity=2)
    report = pass_over(house, renumbered, recent)
    assert report["accounts"][0]["folders"][0]["reconciles"]
    assert [m.id for m in queries.all_messages(house.connection)] == before


def test_a_pass_that_is_told_to_stop_keeps_what_was_stored(kit: Any, house: Any) -> None:
    stops = iter([False] * 2 + [True] * 99)
    with pytest.raises(SyncStopped):
        AccountSync(ACCOUNT, shelf(kit, 450), AtOnce(house.intake), lambda: next(stops)).run(AccountReport("lantern"))
    assert queries.message_count(house.connection) == 400


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ((), ("INBOX", "Gesendet", "Old")),
        (("gesendet",), ("Gesendet",)),
        (("inbox", "archive", "INBOX"), ("INBOX", "Old")),
    ],
)
def test_folders_are_chosen_by_name_or_role(wanted: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    there = (Folder("Old", "archive"), Folder("Notes"), Folder("Gesendet", "sent"), Folder("INBOX", "inbox"))
    assert tuple(f.name for f in chosen_folders(there, replace(ACCOUNT, folders=wanted))) == chosen


def test_a_named_folder_that_is_missing_is_said_with_those_there_are() -> None:
    with pytest.raises(FolderMissing, match=r"no folder 'Clients'.*It has: INBOX"):
        chosen_folders((Folder("INBOX", "inbox"),), replace(ACCOUNT, folders=("Clients",)))
    with pytest.raises(NetworkError, match="no INBOX"):
        chosen_folders((), ACCOUNT)


def test_whoever_asks_in_the_middle_of_a_pass_is_answered_by_the_next_one(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came after a pass had listed the folder would be missed by whoever waits for "the sync"."""
    heard: list[Event] = []
    passes: list[int] = []

    def one_pass(_: AccountThread) -> AccountReport:
        passes.append(len(heard))
        if len(passes) == 1:
            loop.post(lambda: loop.request_sync("lantern", 2))
            loop.call(lambda intake: intake.reload_registry()).result()  # so it has been asked before this pass ends
        return AccountReport("lantern", listed=len(passes))

    monkeypatch.setattr(AccountThread, "_sync_once", one_pass)
    loop = EngineLoop(house.connection, (ACCOUNT,), _Clock(), house.understanding, heard.append)
    loop.request_sync(None, 1)
    loop.run(idle=lambda: not loop.busy, tick_s=0.01)
    loop.stop()
    loop.join()
    listed = {e.request: e.report["accounts"][0]["listed"] for e in heard if isinstance(e, SyncFinished)}
    assert listed == {1: 1, 2: 2}


class _Clock:
    def now(self) -> datetime:
        return NOW
