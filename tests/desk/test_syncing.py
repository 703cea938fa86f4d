"""One pass over one account, against a mailbox that is a dictionary: what breaks, what is made up for, what is said."""

from collections.abc import Callable, Collection, Iterator, Sequence
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
from clientinbox.desk.syncing import NOT_GIVEN, AccountReport, AccountSync, FolderMissing, SyncStopped, chosen_folders
from clientinbox.edge.store import queries
from clientinbox.errors import NetworkError
from clientinbox.mail.account import Account, PasswordSource, Scope, Security, Server
from clientinbox.mail.ports import FetchedHeader, FetchedMessage, Folder, FolderChanges, FolderState

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SERVER = Server("127.0.0.1", 1, Security.PLAIN, "ana", PasswordSource(env="NONE"))
ACCOUNT = Account("lantern", "ana@lantern.example", SERVER, scope=Scope.ALL, history=None)


@dataclass
class Drawer:
    """A folder of the server."""

    mails: dict[int, tuple[datetime, bytes]] = field(default_factory=dict)
    uidvalidity: int = 1
    role: str = ""
    flags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)
    """UID → MODSEQ of its last change."""
    vanished: dict[int, int] = field(default_factory=dict)
    uidnext: int = 0
    modseq: int = 1

    def put(self, when: datetime, raw: bytes, flags: tuple[str, ...] = ()) -> int:
        uid = self.next_uid()
        self.uidnext = uid + 1
        self.mails[uid], self.flags[uid] = (when, raw), flags
        self._count(uid)
        return uid

    def take(self, uid: int) -> tuple[datetime, bytes]:
        self.uidnext = self.next_uid()
        mail = self.mails.pop(uid)
        self.flags.pop(uid, None)
        self.modseq += 1
        self.vanished[uid] = self.modseq
        return mail

    def flag(self, uid: int, *flags: str) -> None:
        self.flags[uid] = flags
        self._count(uid)

    def next_uid(self) -> int:
        return max(self.uidnext, max(self.mails, default=0) + 1)

    def _count(self, uid: int) -> None:
        self.modseq += 1
        self.changed[uid] = self.modseq


class Shelf:
    """Fits `mail.ports.Mailbox`: folders in memory, read only."""

    def __init__(
        self,
        mails: dict[int, tuple[datetime, bytes]] | None = None,
        uidvalidity: int = 1,
        *,
        silent: frozenset[int] = frozenset(),
        refuses: dict[int, str] | None = None,
        breaks_after: int = 10**9,
        condstore: bool = False,
        qresync: bool = False,
        **others: Drawer,
    ) -> None:
        """`silent` and `refuses`: UIDs of which the server gives nothing, without and with a word.

        `breaks_after`: bodies until the connection is lost.
        """
        self.drawers = {"INBOX": Drawer(mails or {}, uidvalidity, "inbox"), **others}
        self.silent = silent
        self.refuses = refuses or {}
        self.breaks_after = breaks_after
        self.condstore, self.qresync = condstore or qresync, qresync
        self.asked: list[str] = []
        self._open = "INBOX"

    @property
    def mails(self) -> dict[int, tuple[datetime, bytes]]:
        return self.drawers["INBOX"].mails

    @property
    def _drawer(self) -> Drawer:
        return self.drawers[self._open]

    def _state(self, name: str) -> FolderState:
        drawer = self.drawers[name]
        modseq = drawer.modseq if self.condstore else None
        return FolderState(drawer.uidvalidity, drawer.next_uid(), len(drawer.mails), modseq)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def folders(self) -> tuple[Folder, ...]:
        return tuple(Folder(name, drawer.role) for name, drawer in self.drawers.items())

    def status(self, folders: Sequence[str]) -> dict[str, FolderState]:
        self.asked.append("status")
        return {name: self._state(name) for name in folders if name in self.drawers}

    def select(self, folder: str) -> FolderState:
        self.asked.append(f"select {folder}")
        self._open = folder
        return self._state(folder)

    def changes(self, folder: str, since: FolderState, known: Collection[int]) -> FolderChanges:
        self.asked.append(f"changes {folder}")
        self._open = folder
        state, drawer = self._state(folder), self._drawer
        if state.uidvalidity != since.uidvalidity or since.highestmodseq is None or since.uidnext is None:
            return FolderChanges(state, None, None)
        flags = {
            uid: drawer.flags.get(uid, ())
            for uid in drawer.mails
            if uid >= since.uidnext or drawer.changed.get(uid, 0) > since.highestmodseq
        }
        gone = [uid for uid, at in drawer.vanished.items() if at > since.highestmodseq and uid in known]
        return FolderChanges(state, flags, tuple(sorted(gone)) if self.qresync else None)

    def uids(self) -> tuple[int, ...]:
        self.asked.append("uids")
        return tuple(sorted(self._drawer.mails))

    def uids_since(self, day: date) -> tuple[int, ...]:
        return tuple(uid for uid, (when, _) in sorted(self._drawer.mails.items()) if when.date() >= day)

    def fetch_headers(self, uids: Sequence[int]) -> Iterator[FetchedHeader]:
        for uid in uids:
            if uid in self._drawer.mails and uid not in self.silent and uid not in self.refuses:
                when, raw = self._drawer.mails[uid]
                self.asked.append(f"header {uid}")
                flags = self._drawer.flags.get(uid, ())
                yield FetchedHeader(uid, raw.split(b"\r\n\r\n")[0], flags, when, len(raw))

    def fetch_messages(self, uids: Sequence[int]) -> Iterator[FetchedMessage]:
        for uid in uids:
            if self.breaks_after == 0:
                raise NetworkError("The connection is lost.")
            self.breaks_after -= 1
            self.asked.append(f"body {uid}")
            if uid in self._drawer.mails and -uid not in self.refuses:
                yield FetchedMessage(uid, self._drawer.mails[uid][1])

    def refused(self) -> dict[int, str]:
        return {abs(uid): words for uid, words in self.refuses.items()}

    def flags(self, uids: Sequence[int], changed_since: int | None = None) -> dict[int, tuple[str, ...]]:
        drawer = self._drawer
        return {
            uid: drawer.flags.get(uid, ())
            for uid in uids
            if uid in drawer.mails and (changed_since is None or drawer.changed.get(uid, 0) > changed_since)
        }

    def wait_for_news(self, seconds: float) -> bool:
        return seconds < 0

    def interrupt(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a sync has no use for {name}")

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

    def refresh(self) -> None:
        pass


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
    asked = [word for word in mailbox.asked if word.startswith(("header", "body"))]
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


@pytest.mark.parametrize("words", ["", "NO [SERVERBUG] it is broken"])
def test_a_message_that_the_server_keeps_back_is_left_out_with_its_words_and_asked_for_again(
    kit: Any, house: Any, words: str
) -> None:
    mailbox = shelf(kit, 5, refuses={3: words})
    report = pass_over(house, mailbox)
    (folder,) = report["accounts"][0]["folders"]
    reason = f"{NOT_GIVEN}: {words}" if words else NOT_GIVEN
    assert (report["ok"], folder["on_server"], folder["stored"]) == (True, 5, 4)
    assert folder["skipped"] == [{"reason": reason, "count": 1}]
    mailbox.refuses = {}
    assert pass_over(house, mailbox)["accounts"][0]["folders"][0]["stored"] == 5


def test_a_body_that_the_server_keeps_back_is_said_and_asked_for_again(kit: Any, house: Any) -> None:
    mailbox = shelf(kit, 5, refuses={-3: "NO not today"})
    (folder,) = pass_over(house, mailbox)["accounts"][0]["folders"]
    assert (folder["stored"], folder["not_read_yet"], folder["reconciles"]) == (5, 1, True)
    assert folder["unreadable"] == [{"reason": f"{NOT_GIVEN}: NO not today", "count": 1}]
    mailbox.refuses = {}
    (folder,) = pass_over(house, mailbox)["accounts"][0]["folders"]
    assert (folder["not_read_yet"], folder["unreadable"]) == (0, [])


def test_a_server_that_has_more_than_it_lists_does_not_reconcile_and_says_by_how_many(kit: Any, house: Any) -> None:
    class Lying(Shelf):
        def uids(self) -> tuple[int, ...]:
            return super().uids()[2:]

    (folder,) = pass_over(house, Lying(shelf(kit, 5).mails))["accounts"][0]["folders"]
    assert (folder["on_server"], folder["stored"], folder["unaccounted"], folder["reconciles"]) == (5, 3, 2, False)


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

    def one_pass(_: AccountThread, __: object, **___: object) -> AccountReport:
        passes.append(len(heard))
        if len(passes) == 1:
            loop.post(lambda: loop.request_sync("lantern", 2))
            loop.call(lambda intake: intake.reload_registry()).result()  # so it has been asked before this pass ends
        return AccountReport("lantern", listed=len(passes))

    monkeypatch.setattr(AccountThread, "_attempt", one_pass)
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
