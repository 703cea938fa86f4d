"""One pass over one account, against a mailbox that is a dictionary: what breaks, what is made up for, what is said."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from clientinbox.desk.engine.account import AccountThread
from clientinbox.desk.engine.loop import EngineLoop
from clientinbox.desk.engine.report import OLDER, sync_report
from clientinbox.desk.events import Event, SyncFinished
from clientinbox.desk.intake import Intake
from clientinbox.desk.scope import AUTOMATIC, INTERNAL, OURS_ELSEWHERE, STRANGER
from clientinbox.desk.syncing import NOT_GIVEN, AccountReport, AccountSync, FolderMissing, SyncStopped, chosen_folders
from clientinbox.edge.store import folders, queries
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
    loop = EngineLoop(house.connection, (ACCOUNT,), _Clock(), lambda: house.understanding, heard.append)
    loop.request_sync(None, 1)
    loop.run(idle=lambda: not loop.busy, tick_s=0.01)
    loop.stop()
    loop.join()
    listed = {e.request: e.report["accounts"][0]["listed"] for e in heard if isinstance(e, SyncFinished)}
    assert listed == {1: 1, 2: 2}


class _Clock:
    def now(self) -> datetime:
        return NOW


# ---- scope: what is with clients


CLIENTS = replace(ACCOUNT, scope=Scope.CLIENTS)


def folder_counts(report: dict[str, Any]) -> dict[str, tuple[int, int, dict[str, int]]]:
    return {
        each["folder"]: (each["on_server"], each["stored"], {s["reason"]: s["count"] for s in each["skipped"]})
        for each in report["accounts"][0]["folders"]
    }


def test_a_colleagues_answer_counts_although_it_was_listed_before_its_clients_mail_and_in_another_folder(
    kit: Any, house: Any
) -> None:
    client = kit.Mail(id="<client@x>", date=NOW - timedelta(days=3))
    colleague = kit.Mail(
        sender="jo@lantern.example", id="<colleague@x>", references=("<client@x>",), date=NOW - timedelta(days=2)
    )
    further = kit.Mail(
        sender=kit.US,
        to="jo@lantern.example",
        id="<further@x>",
        references=("<colleague@x>",),
        date=NOW - timedelta(days=1),
    )
    private = kit.Mail(sender="jo@lantern.example", id="<lunch@x>", subject="Lunch?", date=NOW)
    server = Shelf(Archive=Drawer(role="archive"))
    for mail in (client, colleague, private):
        server.drawers["INBOX"].put(mail.date, mail.raw)
    server.drawers["Archive"].put(further.date, further.raw)
    report = pass_over(house, server, CLIENTS)
    assert folder_counts(report) == {"INBOX": (3, 2, {INTERNAL: 1}), "Archive": (1, 1, {})}
    assert house.threads() == {frozenset({"<client@x>", "<colleague@x>", "<further@x>"})}
    everything = "".join(str(tuple(row)) for row in house.connection.execute("SELECT * FROM messages"))
    assert "Lunch" not in everything + str(house.connection.execute("SELECT * FROM screened").fetchall())


def test_an_internal_mail_is_looked_at_again_when_its_thread_becomes_a_clients_in_a_later_pass(
    kit: Any, house: Any
) -> None:
    server = Shelf(Archive=Drawer(role="archive"))
    colleague = kit.Mail(sender="jo@lantern.example", id="<colleague@x>", references=("<client@x>",), date=NOW)
    server.drawers["Archive"].put(colleague.date, colleague.raw)
    assert folder_counts(pass_over(house, server, CLIENTS))["Archive"] == (1, 0, {INTERNAL: 1})
    client = kit.Mail(id="<client@x>", date=NOW)
    server.drawers["INBOX"].put(client.date, client.raw)
    assert folder_counts(pass_over(house, server, CLIENTS))["Archive"] == (1, 1, {})


def test_each_message_that_is_left_out_says_why(kit: Any, house: Any) -> None:
    left_out = [
        kit.Mail(sender="jo@lantern.example", id="<1@x>"),
        kit.Mail(sender=kit.US, to="mum@home.example", id="<2@x>"),
        kit.Mail(sender="shop@shop.example", extra="List-Id: <offers.shop.example>", id="<3@x>"),
        kit.Mail(sender="road@runner.example", id="<4@x>"),
        kit.Mail(sender="road@runner.example", id="<5@x>"),
    ]
    server = Shelf()
    for mail in left_out:
        server.drawers["INBOX"].put(NOW, mail.raw)
    said = folder_counts(pass_over(house, server, CLIENTS))["INBOX"]
    assert said == (5, 0, {STRANGER: 2, INTERNAL: 1, OURS_ELSEWHERE: 1, AUTOMATIC: 1})


def test_another_scope_or_a_longer_history_makes_the_choice_again(kit: Any, house: Any) -> None:
    server = shelf(kit, 10)
    server.drawers["INBOX"].put(NOW, kit.Mail(sender="road@runner.example", id="<stranger@x>").raw)
    narrow = replace(CLIENTS, history=timedelta(days=4))
    assert folder_counts(pass_over(house, server, narrow))["INBOX"] == (11, 6, {STRANGER: 1, OLDER: 4})
    assert folder_counts(pass_over(house, server, CLIENTS))["INBOX"] == (11, 10, {STRANGER: 1})
    assert folder_counts(pass_over(house, server, ACCOUNT))["INBOX"] == (11, 11, {})


# ---- folders that move


def test_a_renamed_folder_takes_its_messages_along_and_nothing_is_fetched_again(kit: Any, house: Any) -> None:
    server = Shelf(Archive=Drawer(shelf(kit, 8).mails, 77, "archive"))
    pass_over(house, server)
    server.drawers["Old mail"] = server.drawers.pop("Archive")
    server.asked.clear()
    report = pass_over(house, server)
    assert folder_counts(report) == {"INBOX": (0, 0, {}), "Old mail": (8, 8, {})}
    assert not any(word.startswith("body") for word in server.asked)
    assert sum(word.startswith("header") for word in server.asked) == 5  # a sample, to be sure


def test_a_folder_under_the_same_number_with_other_messages_is_another_one(kit: Any, house: Any) -> None:
    server = Shelf(Archive=Drawer(shelf(kit, 3).mails, 77, "archive"))
    pass_over(house, server)
    others = {uid: (NOW, kit.Mail(id=f"<other{uid}@x>").raw) for uid in (1, 2, 3)}
    del server.drawers["Archive"]
    server.drawers["Keep"] = Drawer(others, 77, "archive")
    assert folder_counts(pass_over(house, server))["Keep"] == (3, 3, {})
    assert queries.message_count(house.connection) == 6


def test_a_folder_that_is_gone_leaves_its_messages_in_their_threads_and_out_of_the_inbox(kit: Any, house: Any) -> None:
    server = shelf(kit, 3)
    server.drawers["Projects"] = Drawer(role="")
    both = replace(ACCOUNT, folders=("INBOX", "Projects"))
    filed = kit.Mail(id="<filed@x>", date=NOW, subject="Filed away")
    server.drawers["Projects"].put(NOW, filed.raw)
    pass_over(house, server, both)
    del server.drawers["Projects"]
    report = pass_over(house, server, replace(ACCOUNT, folders=("INBOX",)))
    assert folder_counts(report) == {"INBOX": (3, 3, {})}
    house.understand()
    assert house.page(filed).row.messages == 1
    assert filed.message_id not in {row.message_id for row in house.rows()}


def test_a_message_under_many_labels_is_one_row_read_once(kit: Any, house: Any) -> None:
    """As Gmail shows it: in the INBOX, and again in "All Mail"."""
    server = Shelf(All=Drawer(role="all"))
    for number in range(6):
        mail = kit.Mail(id=f"<{number}@x>", date=NOW)
        server.drawers["All"].put(NOW, mail.raw)
        if number < 3:
            server.drawers["INBOX"].put(NOW, mail.raw)
    report = pass_over(house, server)
    assert report["messages"] == 6
    assert folder_counts(report) == {"INBOX": (3, 3, {}), "All": (6, 6, {})}
    assert sum(word.startswith("body") for word in server.asked) == 6


# ---- nothing to do, and old mail last


def test_a_server_that_counts_changes_is_asked_one_question_when_nothing_changed(kit: Any, house: Any) -> None:
    server = shelf(kit, 20, qresync=True)
    pass_over(house, server)
    server.asked.clear()
    assert pass_over(house, server)["ok"]
    assert server.asked == ["status"]
    server.drawers["INBOX"].put(NOW, kit.Mail(id="<new@x>", date=NOW).raw)
    server.drawers["INBOX"].flag(3, "\\Seen")
    server.drawers["INBOX"].take(5)
    server.asked.clear()
    assert folder_counts(pass_over(house, server))["INBOX"] == (20, 20, {})
    assert server.asked == ["status", "changes INBOX", "header 21", "body 21", "status"]
    folder = queries.folders(house.connection)[0].id
    assert queries.flags_by_uid(house.connection, folder)[3] == ("\\Seen",)


def test_of_much_mail_the_newest_ninety_days_are_listed_and_read_before_what_is_older(kit: Any, house: Any) -> None:
    server = shelf(kit, 1_200)
    assert pass_over(house, server)["ok"]
    asked = [word for word in server.asked if word.startswith(("header", "body"))]
    assert asked[:91] == [f"header {uid}" for uid in range(1_200, 1_109, -1)]
    assert asked.index("body 1110") < asked.index("header 1100")
    assert sum(word.startswith("body") for word in asked) == 1_200


# ---- whatever happens on the server


class ServerLife(RuleBasedStateMachine):
    """A server on which others work, and passes over it: after each the store is what the server has, by the scope."""

    kit: Any = None
    ever: frozenset[str] = frozenset()
    """What was with a client at some time."""

    @initialize(kind=st.sampled_from(["", "condstore", "qresync"]))
    def begin(self, kind: str) -> None:
        self.folder = TemporaryDirectory()
        self.house = self.kit.build(Path(self.folder.name) / "mail.db")
        self.house.register()
        self.server = Shelf(
            Archive=Drawer(role="archive"),
            Sent=Drawer(role="sent"),
            condstore=kind == "condstore",
            qresync=kind == "qresync",
        )
        self.made = 0

    @rule(
        folder=st.sampled_from(["INBOX", "Archive", "Sent"]),
        sender=st.sampled_from(["wile@acme.example", "jo@lantern.example", "road@runner.example"]),
        answers=st.integers(0, 6),
        age=st.integers(0, 20),
        copied=st.booleans(),
    )
    def arrive(self, folder: str, sender: str, answers: int, age: int, *, copied: bool) -> None:
        self.made += 1
        references = (f"<{answers}@x>",) if 0 < answers < self.made else ()
        mail = self.kit.Mail(
            sender=sender, id=f"<{self.made}@x>", references=references, date=NOW - timedelta(days=age)
        )
        self.server.drawers[folder].put(mail.date, mail.raw)
        if copied:
            self.server.drawers["Archive"].put(mail.date, mail.raw)

    def pick(self, data: st.DataObject) -> tuple[Drawer, int] | None:
        there = [(name, uid) for name, drawer in self.server.drawers.items() for uid in drawer.mails]
        if not there:
            return None
        name, uid = data.draw(st.sampled_from(there))
        return self.server.drawers[name], uid

    @rule(data=st.data(), to=st.sampled_from(["INBOX", "Archive", None]))
    def move_or_delete(self, data: st.DataObject, to: str | None) -> None:
        if picked := self.pick(data):
            mail = picked[0].take(picked[1])
            if to is not None:
                self.server.drawers[to].put(*mail)

    @rule(data=st.data(), flag=st.sampled_from(["\\Seen", "\\Flagged"]))
    def flag(self, data: st.DataObject, flag: str) -> None:
        if picked := self.pick(data):
            picked[0].flag(picked[1], flag)

    @rule(folder=st.sampled_from(["INBOX", "Archive"]), step=st.integers(1, 50))
    def renumber(self, folder: str, step: int) -> None:
        old = self.server.drawers[folder]
        mails = {uid + step: mail for uid, mail in old.mails.items()}
        flags = {uid + step: flags for uid, flags in old.flags.items()}
        self.server.drawers[folder] = Drawer(mails, old.uidvalidity + 1, old.role, flags, modseq=1)

    @rule(keep=st.integers(0, 5))
    def break_in_the_middle(self, keep: int) -> None:
        self.server.breaks_after = keep
        with suppress(NetworkError):
            pass_over(self.house, self.server, CLIENTS)
        self.server.breaks_after = 10**9

    @rule()
    def sync(self) -> None:
        report = pass_over(self.house, self.server, CLIENTS)
        assert report["ok"], report
        wanted = self.with_clients()
        stored = {m.message_id: m for m in queries.all_messages(self.house.connection)}
        assert wanted <= stored.keys()
        places: dict[str, list[tuple[str, int]]] = {}
        for row in queries.folders(self.house.connection):
            drawer = self.server.drawers[row.name]
            flags = queries.flags_by_uid(self.house.connection, row.id)
            at = folders.messages_at(self.house.connection, row.id)
            ids = {m.id: m.message_id for m in stored.values()}
            there = {uid: header_id(raw) for uid, (_, raw) in drawer.mails.items()}
            assert {uid: ids[message] for uid, message in at.items()} == {
                uid: identifier for uid, identifier in there.items() if identifier in stored
            }
            assert all(set(flags[uid]) == set(drawer.flags.get(uid, ())) for uid in at)
            for uid, message in at.items():
                places.setdefault(ids[message], []).append((row.name, uid))
        assert all(stored[identifier].body is not None for identifier in places)
        # nothing is stored that was never with a client
        assert all(m.message_id in self.ever for m in stored.values())

    def with_clients(self) -> set[str]:
        """What is on the server and with a client, by its people or its conversation."""
        mails = {header_id(raw): raw for drawer in self.server.drawers.values() for _, raw in drawer.mails.values()}
        stored = {m.message_id for m in queries.all_messages(self.house.connection)}
        found = {each for each, raw in mails.items() if b"acme.example" in raw}
        mentioned = set(stored)
        while True:
            for each in found | stored:
                mentioned |= {each, *header_references(mails.get(each, b""))}
            more = {
                each for each, raw in mails.items() if {each, *header_references(raw)} & mentioned and each not in found
            }
            if not more:
                break
            found |= more
        self.ever = self.ever | frozenset(found)
        return found

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.connection.close()
            self.folder.cleanup()


def header_id(raw: bytes) -> str:
    return raw.split(b"Message-ID: ")[1].split(b"\r\n")[0].decode()


def header_references(raw: bytes) -> tuple[str, ...]:
    if b"References: " not in raw:
        return ()
    return tuple(raw.split(b"References: ")[1].split(b"\r\n")[0].decode().split())


def test_whatever_others_do_on_the_server_a_pass_makes_the_store_what_it_has_under_the_scope(kit: Any) -> None:
    ServerLife.kit = kit
    run_state_machine_as_test(
        ServerLife,
        settings=settings(
            max_examples=25, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
