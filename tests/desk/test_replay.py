"""What was done here reaches a real server once, whatever another program does meanwhile and wherever the line breaks."""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from clientinbox.desk.engine.replay import Replay
from clientinbox.desk.events import ChangeRefused, Event
from clientinbox.desk.intake import Intake
from clientinbox.desk.keywords import wish_keywords, with_keywords
from clientinbox.desk.putting import NothingToDo, Order, Putting, What, derive_with
from clientinbox.desk.syncing import AccountReport, AccountSync
from clientinbox.edge.imap import ImapMailbox, open_mailbox, writing
from clientinbox.edge.store import outgoing, queries, serverqueue
from clientinbox.edge.store.search import search
from clientinbox.edge.store.serverqueue import Deed
from clientinbox.errors import NetworkError
from clientinbox.mail.account import Account
from clientinbox.mail.serverqueue import State
from clientinbox.query.parser import parse

pytestmark = pytest.mark.dovecot
T = TypeVar("T")
DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Shown = dict[str, list[tuple[str, frozenset[str]]]]
"""Subject → (folder, flags) of each copy."""


class Cutting:
    """A mailbox whose connection breaks at a chosen command: before the server hears it, or after it has obeyed."""

    def __init__(self, mailbox: ImapMailbox, *, before: int = -1, after: int = -1) -> None:
        self._mailbox = mailbox
        self._before, self._after = before, after
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._mailbox, name)
        if name not in {"change_flags", "move", "remove"}:
            return real

        def cut(*arguments: Any, **named: Any) -> Any:
            self.writes += 1
            if self.writes == self._before:
                raise NetworkError("cut")
            answer = real(*arguments, **named)
            if self.writes == self._after:
                raise NetworkError("cut")
            return answer

        return cut


@dataclass
class Office:
    """One account on a real server, with its store; network on the caller's own thread."""

    house: Any
    account: Account
    mailbox: ImapMailbox
    other: ImapMailbox
    """Another program on the same mailbox."""
    said: list[Event] = field(default_factory=list)

    # `IntakeCalls`

    def call(self, work: Callable[[Intake], T]) -> "Future[T]":
        future: Future[T] = Future()
        future.set_result(work(self.house.intake))
        return future

    def now(self) -> datetime:
        moment: datetime = self.house.now
        return moment

    def say(self, event: Event) -> None:
        self.said.append(event)

    # what happens

    def sync(self) -> None:
        self.mailbox.select("Drafts")  # an engine listens in between, and so hears of what is new where it is
        AccountSync(self.account, self.mailbox, self, lambda: False).run(AccountReport(self.account.name))
        self.house.understand()

    def replay(self, **cut: int) -> None:
        Replay(self.account, Cutting(self.mailbox, **cut), self).run()

    def replay_in_pieces(self, **cut: int) -> None:
        try:
            self.replay(**cut)
        except NetworkError:
            self.replay()

    def do(self, what: What, *subjects: str, folder: str = "", create: bool = False) -> Deed:
        return self.putting.do([self.thread(subject) for subject in subjects], Order(what, folder, create))

    def undo(self, deed: Deed) -> None:
        assert self.putting.undo(deed)

    @property
    def putting(self) -> Putting:
        connection = self.house.connection
        derive = derive_with(connection, lambda: self.house.knowledge, self.now())
        return Putting(connection, [self.account], derive, self.now())

    def thread(self, subject: str) -> int:
        (found,) = {m.thread for m in queries.all_messages(self.house.connection) if m.subject == subject}
        return found

    # what there is

    def on_server(self) -> Shown:
        found: Shown = {}
        for folder in self.other.folders():
            self.other.select(folder.name)
            uids = self.other.uids()
            flags = self.other.flags(uids)
            for header in self.other.fetch_headers(uids):
                subject = header.header.decode().split("Subject: ")[1].split("\r\n")[0]
                kept = frozenset(flags[header.uid]) - {"\\Recent"}
                if "\\Deleted" not in kept:
                    found.setdefault(subject, []).append((folder.name, kept))
        return {subject: sorted(copies) for subject, copies in found.items()}

    def where(self, subject: str) -> list[str]:
        return [folder for folder, _ in self.on_server().get(subject, [])]

    def inbox(self) -> list[str]:
        return sorted(row.subject for row in self.house.rows())

    def found(self, question: str) -> list[str]:
        return sorted(each.subject for each in search(self.house.connection, parse(question, self.now())))

    def states(self) -> list[State]:
        rows = self.house.connection.execute("SELECT state FROM server_queue ORDER BY id")
        return [State(row["state"]) for row in rows]

    def log(self) -> list[str]:
        return [f"{write.folder}: {write.what}" for write in outgoing.server_writes(self.house.connection)]

    def uid(self, folder: str, subject: str) -> tuple[int, int]:
        state = self.other.select(folder)
        for header in self.other.fetch_headers(self.other.uids()):
            if f"Subject: {subject}\r\n".encode() in header.header:
                return state.uidvalidity, header.uid
        raise LookupError(subject)

    def other_moves(self, subject: str, source: str, target: str) -> None:
        uidvalidity, uid = self.uid(source, subject)
        assert self.other.move(source, uidvalidity, (uid,), target)


@pytest.fixture
def office(
    kit: Any, house: Any, imap_account: Account, imap_login: Any, mailbox: ImapMailbox, deliver: Callable[..., None]
) -> Iterator[Office]:
    """With three threads: "Tents" of two mails, "Stoves" and "Maps" of one each."""
    with open_mailbox(imap_account, imap_login.password, timeout=10) as other:
        for number, subject in enumerate(("Tents", "Stoves", "Maps")):
            deliver(kit.Mail(id=f"<{number}@x>", subject=subject, date=DAY + timedelta(hours=number)).raw)
        deliver(kit.Mail(id="<9@x>", subject="Tents", references=("<0@x>",), date=DAY + timedelta(hours=1)).raw)
        made = Office(house, imap_account, mailbox, other)
        made.sync()
        yield made


def test_each_deed_is_shown_at_once_written_once_and_logged(office: Office) -> None:
    assert office.inbox() == ["Maps", "Stoves", "Tents"]
    office.do(What.ARCHIVE, "Tents")
    office.do(What.BIN, "Stoves")
    office.do(What.READ, "Maps")
    office.do(What.FLAG, "Maps")
    assert office.inbox() == ["Maps"]
    assert (office.found("is:unread"), office.found("is:flagged")) == (["Stoves", "Tents", "Tents"], ["Maps"])
    (row,) = office.house.rows()
    assert (row.unread, row.flagged) == (False, True)
    assert office.on_server() == {
        "Tents": [("INBOX", frozenset())] * 2,
        "Stoves": [("INBOX", frozenset())],
        "Maps": [("INBOX", frozenset())],
    }
    assert office.log() == []

    office.replay()
    assert office.on_server() == {
        "Tents": [("Archive", frozenset())] * 2,
        "Stoves": [("Trash", frozenset())],
        "Maps": [("INBOX", frozenset({"\\Seen", "\\Flagged"}))],
    }
    assert office.inbox() == ["Maps"], "before a sync has looked again"
    assert office.log() == [
        "INBOX: move to Archive",
        "INBOX: move to Archive",
        "INBOX: move to Trash",
        "INBOX: flag \\Seen",
        "INBOX: flag \\Flagged",
    ]
    office.sync()
    office.replay()
    assert (office.inbox(), len(office.log())) == (["Maps"], 5)
    assert set(office.states()) == {State.DONE}


def test_undo_works_before_the_server_has_heard_and_after(office: Office) -> None:
    deed = office.do(What.BIN, "Stoves")
    office.undo(deed)
    office.replay()
    assert (office.inbox(), office.log()) == (["Maps", "Stoves", "Tents"], [])

    for what, folder in ((What.BIN, "Trash"), (What.ARCHIVE, "Archive")):
        deed = office.do(what, "Stoves")
        office.replay()
        office.sync()
        assert office.where("Stoves") == [folder]
        office.undo(deed)
        assert office.inbox() == ["Maps", "Stoves", "Tents"], "at once"
        assert office.putting.undo(deed) is None, "once"
        office.replay()
        office.sync()
        assert (office.where("Stoves"), office.inbox()) == (["INBOX"], ["Maps", "Stoves", "Tents"])


def test_what_was_binned_or_archived_comes_back_by_its_own_command(office: Office) -> None:
    office.do(What.BIN, "Stoves")
    office.do(What.RESTORE, "Stoves")
    assert office.states() == [State.CANCELLED]
    office.do(What.BIN, "Stoves")
    office.do(What.ARCHIVE, "Maps")
    office.replay()
    office.sync()
    office.do(What.RESTORE, "Stoves")
    office.do(What.UNARCHIVE, "Maps")
    assert office.inbox() == ["Maps", "Stoves", "Tents"]
    office.replay()
    assert (office.where("Stoves"), office.where("Maps")) == (["INBOX"], ["INBOX"])
    for what in (What.RESTORE, What.UNARCHIVE, What.UNREAD, What.UNFLAG):
        with pytest.raises(NothingToDo):
            office.do(what, "Tents")


def test_wishes_that_cancel_each_other_never_reach_the_server(office: Office) -> None:
    for what in (What.READ, What.UNREAD, What.FLAG, What.UNFLAG):
        office.do(what, "Maps")
    office.do(What.ARCHIVE, "Maps")
    office.do(What.BIN, "Maps")
    office.replay()
    assert office.log() == ["INBOX: move to Trash"]
    assert office.on_server()["Maps"] == [("Trash", frozenset())]


@pytest.mark.parametrize("can", [("MOVE",), ("UIDPLUS",), ()], ids=["MOVE", "UIDPLUS", "COPY"])
@pytest.mark.parametrize("cut", [{"before": 1}, {"after": 1}, {"before": 2}, {"after": 2}], ids=str)
def test_a_line_that_breaks_loses_nothing_and_does_nothing_twice(
    office: Office, cut: dict[str, int], can: tuple[str, ...]
) -> None:
    office.mailbox._session.capabilities -= {b"MOVE", b"UIDPLUS"} - {name.encode() for name in can}
    office.do(What.ARCHIVE, "Tents", "Stoves")
    office.do(What.READ, "Maps")
    office.replay_in_pieces(**cut)
    assert {subject: office.where(subject) for subject in ("Tents", "Stoves", "Maps")} == {
        "Tents": ["Archive"] * 2,
        "Stoves": ["Archive"],
        "Maps": ["INBOX"],
    }
    assert sorted(office.log()) == ["INBOX: flag \\Seen", *["INBOX: move to Archive"] * 3]
    assert set(office.states()) == {State.DONE}
    office.sync()
    assert office.inbox() == ["Maps"]


def test_a_move_that_is_cut_between_copy_and_removal_leaves_no_double(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.mailbox._session.capabilities -= {b"MOVE"}
    office.do(What.ARCHIVE, "Stoves", "Maps")
    with monkeypatch.context() as patched:
        patched.setattr(writing, "_expunge", lambda *_: (_ for _ in ()).throw(OSError("cut")))
        with pytest.raises(NetworkError):
            office.replay()
    assert office.where("Stoves") == ["Archive", "INBOX"]
    office.mailbox = office.other
    office.replay()
    assert (office.where("Stoves"), office.where("Maps")) == (["Archive"], ["Archive"])
    office.sync()
    assert office.inbox() == ["Tents"]


def test_a_copy_that_its_owner_keeps_in_the_archive_is_no_reason_not_to_move(office: Office) -> None:
    uidvalidity, uid = office.uid("INBOX", "Stoves")
    assert uidvalidity
    raw = next(iter(office.other.fetch_messages((uid,)))).raw
    office.other.append("Archive", raw)
    office.do(What.ARCHIVE, "Stoves")
    office.replay()
    assert office.where("Stoves") == ["Archive", "Archive"]


def test_who_wins_when_another_program_was_there_first(office: Office) -> None:
    office.other.create_folder("Clients")
    for subject in ("Tents", "Stoves", "Maps"):
        office.do(What.ARCHIVE, subject)
        office.do(What.FLAG, subject)
    office.other_moves("Stoves", "INBOX", "Archive")  # the same
    office.other_moves("Maps", "INBOX", "Trash")  # something else
    uidvalidity, uid = office.uid("INBOX", "Tents")  # the first mail of two: gone
    assert office.other.remove("INBOX", uidvalidity, (uid,))
    office.replay()
    office.sync()
    assert office.on_server() == {
        "Tents": [("Archive", frozenset({"\\Flagged"}))],
        "Stoves": [("Archive", frozenset({"\\Flagged"}))],
        "Maps": [("Trash", frozenset({"\\Flagged"}))],
    }
    dropped = [each.words for each in serverqueue.pending(office.house.connection)]
    assert dropped == ["It is not on the server any more.", "Another program has moved it to Trash; it stays there."]
    assert [event.kept for event in office.said if isinstance(event, ChangeRefused)] == [False, False]
    assert office.log().count("INBOX: move to Archive") == 1, "what was done there is not logged as ours"


def test_both_sides_flags_hold_and_what_comes_back_is_not_moved_again(office: Office) -> None:
    uidvalidity, uid = office.uid("INBOX", "Maps")
    office.do(What.READ, "Maps")
    office.other.change_flags("INBOX", uidvalidity, (uid,), add=("\\Flagged", "$Later"))
    office.do(What.ARCHIVE, "Stoves")
    with pytest.raises(NetworkError):
        office.replay(after=2)  # moved, and nobody here knows
    office.other_moves("Stoves", "Archive", "INBOX")
    office.replay()
    assert office.where("Stoves") == ["INBOX"]
    assert office.on_server()["Maps"] == [("INBOX", frozenset({"\\Seen", "\\Flagged", "$Later"}))]


def test_a_folder_made_anew_is_looked_through_by_message_id(
    office: Office, deliver: Callable[..., None], kit: Any
) -> None:
    office.do(What.ARCHIVE, "Stoves")
    office.replay()
    office.sync()
    office.do(What.UNARCHIVE, "Stoves")
    office.do(What.FLAG, "Stoves")
    office.other._client.delete_folder("Archive")
    office.other.create_folder("Archive")
    deliver(kit.Mail(id="<filler@x>", subject="Filler").raw, folder="Archive")
    deliver(kit.Mail(id="<1@x>", subject="Stoves", date=DAY + timedelta(hours=1)).raw, folder="Archive")
    office.replay()
    office.sync()
    assert office.on_server()["Stoves"] == [("INBOX", frozenset({"\\Flagged"}))]
    assert office.where("Filler") == ["Archive"]
    assert office.inbox() == ["Maps", "Stoves", "Tents"]


def test_a_missing_folder_keeps_the_change_here_with_its_reason_until_it_is_there(office: Office) -> None:
    office.do(What.MOVE, "Stoves", "Maps", folder="Clients.Acme")
    office.replay()
    assert office.inbox() == ["Tents"]
    assert set(office.states()) == {State.PARKED}
    pending = serverqueue.pending(office.house.connection)
    assert "no folder 'Clients.Acme'" in pending[0].words
    assert [event.kept for event in office.said if isinstance(event, ChangeRefused)] == [True, True]
    office.replay()
    assert office.where("Stoves") == ["INBOX"]

    office.other.create_folder("Clients.Acme")
    serverqueue.retry_parked(office.house.connection)
    office.replay()
    assert (office.where("Stoves"), office.where("Maps")) == (["Clients.Acme"], ["Clients.Acme"])
    office.do(What.MOVE, "Tents", folder="Clients.New", create=True)
    office.replay()
    assert office.where("Tents") == ["Clients.New", "Clients.New"]
    assert "Clients.New: create" in office.log()


def test_a_refused_change_that_was_undone_meanwhile_leaves_nothing(office: Office) -> None:
    deed = office.do(What.MOVE, "Stoves", folder="Nowhere")
    office.replay()
    office.undo(deed)
    assert office.states() == [State.CANCELLED]
    assert office.inbox() == ["Maps", "Stoves", "Tents"]


def test_an_account_that_is_read_only_writes_nothing_and_keeps_its_changes_over_syncs(office: Office) -> None:
    before = office.on_server()
    office.account = replace(office.account, read_only=True)
    deed = office.do(What.ARCHIVE, "Tents")
    assert deed.words == "archived “Tents”, here only: account test is read-only"
    office.do(What.BIN, "Stoves")
    office.do(What.FLAG, "Maps")
    for _ in range(2):
        office.replay()
        office.sync()
        assert office.inbox() == ["Maps"]
    assert (office.on_server(), office.log()) == (before, [])
    office.account = replace(office.account, read_only=False)
    office.replay()
    assert office.on_server() == before, "what was done under read_only never reaches it"
    office.undo(deed)
    assert office.inbox() == ["Maps", "Tents"]
    assert set(office.states()) == {State.LOCAL, State.CANCELLED}


@pytest.mark.parametrize("seed", range(4))
def test_two_programs_at_once_and_a_line_that_breaks_end_in_one_state(office: Office, seed: int) -> None:
    """Random deeds here and there, a replay cut anywhere; in the end both sides show the same, each mail once."""
    rng = random.Random(seed)  # noqa: S311
    orders: Sequence[What] = (What.ARCHIVE, What.UNARCHIVE, What.BIN, What.RESTORE, What.READ, What.UNREAD, What.FLAG)
    deeds: list[Deed] = []
    for _ in range(25):
        subject = rng.choice(["Tents", "Stoves", "Maps"])
        match rng.randrange(8):
            case 0 | 1 | 2:
                try:
                    deeds.append(office.do(rng.choice(orders), subject))
                except NothingToDo:
                    continue
            case 3:
                if deeds:
                    office.putting.undo(deeds.pop(rng.randrange(len(deeds))))
            case 4:
                (folder, *_) = office.where(subject)
                office.other_moves(
                    subject, folder, rng.choice([f for f in ("INBOX", "Archive", "Trash") if f != folder])
                )
            case 5:
                (folder, *_) = office.where(subject)
                uidvalidity, uid = office.uid(folder, subject)
                office.other.change_flags(folder, uidvalidity, (uid,), add=("\\Seen",))
            case 6:
                office.replay_in_pieces(**{rng.choice(["before", "after"]): rng.randrange(1, 4)})
            case _:
                office.replay()
                office.sync()
    office.replay()
    office.sync()
    assert set(office.states()) <= {State.DONE, State.DROPPED, State.CANCELLED}
    server = office.on_server()
    assert {subject: len(copies) for subject, copies in server.items()} == {"Tents": 2, "Stoves": 1, "Maps": 1}
    for subject, copies in server.items():
        places = serverqueue.thread_places(office.house.connection, office.thread(subject))
        shown = sorted((place.folder, frozenset(place.flags)) for place in places)
        assert shown == [copy for copy in copies if copy[0] != "Trash"], "the bin is not synced"


def test_labels_are_shown_to_other_programs_once_and_taken_off_with_the_label(office: Office, kit: Any) -> None:
    office.account = replace(office.account, keywords=True)
    connection, changes = office.house.connection, office.house.changes
    other_mail = (
        ("Fire", kit.Mail(id="<f@x>", subject="Fire", text="COMPLAINT SCOPE_CHANGE LEVEL 3"), "INBOX"),
        ("Ours", kit.Mail(id="<o@x>", subject="Ours", text="COMPLAINT LEVEL 3", sender=kit.US), "INBOX"),
        ("List", kit.Mail(id="<l@x>", subject="List", text="COMPLAINT LEVEL 3", extra="List-Id: <l.x>"), "INBOX"),
    )
    for _, mail, folder in other_mail:
        office.other.append(folder, mail.raw)
    office.sync()

    def show() -> None:
        for subject in ("Fire", "Ours", "List", "Tents"):
            wish_keywords(connection, office.thread(subject), with_keywords([office.account]), office.now())
        office.replay()

    show()
    fire = frozenset({"ci-complaint", "ci-scope-change", "ci-tension-3"})
    assert office.on_server()["Fire"] == [("INBOX", fire)]
    assert {subject: office.on_server()[subject][0][1] for subject in ("Ours", "List", "Tents")} == dict.fromkeys(
        ("Ours", "List", "Tents"), frozenset()
    )
    changes.set_tension(connection, office.house.knowledge, office.now(), "<f@x>", 1)
    changes.toggle_label(connection, office.house.knowledge, office.now(), "<f@x>", "complaint")
    show()
    assert office.on_server()["Fire"] == [("INBOX", frozenset({"ci-scope-change", "ci-tension-1"}))]
    written = len(office.log())
    uidvalidity, uid = office.uid("INBOX", "Fire")
    office.other.change_flags("INBOX", uidvalidity, (uid,), remove=("ci-tension-1",))
    office.sync()
    show()
    assert len(office.log()) == written, "whoever takes one off elsewhere is left in peace"
    assert with_keywords([replace(office.account, read_only=True), replace(office.account, keywords=False)]) == set()


def test_a_server_that_keeps_no_keywords_is_asked_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.account = replace(office.account, keywords=True)
    connection = office.house.connection
    office.house.changes.set_tension(connection, office.house.knowledge, office.now(), "<1@x>", 2)
    monkeypatch.setattr(writing, "_kept", lambda _, flag: flag.startswith("\\"))
    for expected in (True, False):
        grew = wish_keywords(connection, office.thread("Stoves"), with_keywords([office.account]), office.now())
        assert grew is expected
        office.replay()
    (dropped,) = serverqueue.pending(connection)
    assert (dropped.state, "keeps no ci-tension-2" in dropped.words) == (State.DROPPED, True)
    assert office.log() == []


def test_where_there_is_no_archive_as_on_gmail_what_leaves_the_inbox_is_in_all_mail(
    office: Office, imap_login: Any
) -> None:
    office.other.create_folder("All")
    office.house.connection.execute("DELETE FROM folders WHERE role = 'archive'")  # as if there had never been one
    gmail = replace(office.account, folder_aliases=(("junk", "Archive"), ("all", "All")))
    with open_mailbox(gmail, imap_login.password, timeout=10) as office.mailbox:
        office.account = gmail
        deed = office.do(What.ARCHIVE, "Stoves")
        office.replay()
        office.sync()
        assert (office.where("Stoves"), office.inbox()) == (["All"], ["Maps", "Tents"])
        assert office.log() == ["INBOX: move to All"]
        office.undo(deed)
        office.replay()
        office.sync()
        assert (office.where("Stoves"), office.inbox()) == (["INBOX"], ["Maps", "Stoves", "Tents"])
