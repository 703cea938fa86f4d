"""Out of the outbox once: a real engine, a real IMAP server, a real SMTP server, and everything that can come between."""

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from clientinbox.desk.desk import Desk, open_desk
from clientinbox.desk.events import Event, FilingFailed, MessageSent, SendFailed
from clientinbox.desk.readiness import NotReady
from clientinbox.edge.imap import ImapMailbox
from clientinbox.errors import UsageError
from clientinbox.mail.account import Account
from clientinbox.mail.drafts import OutboxEntry, OutboxState

pytestmark = pytest.mark.dovecot
PATIENCE = 30.0
ASKED = (
    b"From: Helen Marsh <helen@museum.example>\r\nTo: ana@lantern.example\r\nCc: jo@lantern.example\r\n"
    b"Reply-To: desk@museum.example\r\nSubject: Test link\r\nMessage-ID: <asked@museum.example>\r\n"
    b"References: <root@museum.example>\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\nWhere is the test link?\r\n"
)


@dataclass(slots=True)
class Office:
    desk: Desk
    sink: Any
    mailbox: ImapMailbox
    deliver: Callable[..., None]
    config: str
    events: "queue.SimpleQueue[Event]"

    def ask(self) -> str:
        """Helen asks; returns the thread's id."""
        self.deliver(ASKED)
        assert self.desk.sync_now(None, lambda _: None)["ok"]
        page = self.desk.thread("<asked@museum.example>")
        assert page is not None
        return page.row.thread_id

    def answer(self, body: str = "It is there now: https://test.example", **changes: Any) -> int:
        draft = self.desk.new_reply(self.ask())
        self.desk.edit_draft(int(draft.draft_id), body=body, **changes)
        return int(draft.draft_id)

    def send(self, draft: int) -> OutboxEntry:
        entry = self.desk.send_draft(draft, undo_seconds=0)
        self.desk.send_due(self.events.put)
        return self.desk.outbox_entry(entry.id)

    def hear(self, kind: type[Event]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while True:
            event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            if isinstance(event, kind):
                return event

    def copies(self, entry: OutboxEntry, folder: str = "Sent") -> int:
        return len(self.mailbox.search_message_id(folder, entry.message_id))

    def arrived(self) -> list[str]:
        """Message-IDs the sink has taken."""
        return [str(message_from_bytes(raw)["Message-ID"]) for _, raw in self.sink.received]

    def kill_engine(self) -> None:
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
                if b"clientinbox.desk.engine" in words and self.config.encode() in words:
                    os.kill(int(entry.name), signal.SIGKILL)


@pytest.fixture
def office(
    tmp_path: Path,
    imap_account: Account,
    mailbox: ImapMailbox,
    deliver: Callable[..., None],
    serve_smtp: Callable[..., Any],
    request: pytest.FixtureRequest,
) -> Iterator[Office]:
    sink = serve_smtp()
    config = tmp_path / "config.toml"
    server = imap_account.imap
    config.write_text(f"""
[accounts.test]
email = "ana@lantern.example"
name = "Ana Ferreira"
imap.server = "imaps://{server.host}:{server.port}"
imap.login = "{server.login}"
imap.ca = "{server.ca_file}"
imap.password.env = "TEST_IMAP_PASSWORD"
smtp.server = "smtp://127.0.0.1:{sink.port}"
scope = "all"
history = "all"
read_only = {str(getattr(request, "param", False)).lower()}
""")
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    with open_desk(str(config)) as desk:
        desk.subscribe(events.put)
        made = Office(desk, sink, mailbox, deliver, str(config), events)
        yield made
    made.kill_engine()


def until(true: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_an_answer_goes_out_once_is_filed_once_and_is_in_its_thread_at_once(office: Office) -> None:
    draft = office.answer(bcc="ruth@lantern.example")
    entry = office.send(draft)

    assert entry.state is OutboxState.SENT
    ((recipients, raw),) = office.sink.received
    assert recipients == ("desk@museum.example", "ruth@lantern.example")
    sent = message_from_bytes(raw)
    assert (sent["From"], sent["Subject"]) == ("Ana Ferreira <ana@lantern.example>", "Re: Test link")
    assert sent["In-Reply-To"] == "<asked@museum.example>"
    assert sent["References"].split() == ["<root@museum.example>", "<asked@museum.example>"]
    assert b"ruth" not in raw
    assert office.copies(entry) == 1
    assert office.mailbox.select("INBOX").exists == 1
    assert office.mailbox.flags(office.mailbox.uids()) == {1: ("\\Answered",)}
    assert office.hear(MessageSent).message_id == entry.message_id

    def texts() -> list[str | None]:
        page = office.desk.thread("<asked@museum.example>")
        assert page is not None
        return [message.body for message in page.messages]

    there = texts()
    assert len(there) == 2
    assert there[1] is not None
    assert there[1].startswith("It is there now")
    report = office.desk.sync_now(None, lambda _: None)
    assert report["ok"]
    assert texts() == there, "the copy in Sent is the message that is here already"
    assert office.desk.outbox() == ()
    assert office.desk.drafts() == ()
    assert [(write.folder, write.what) for write in office.desk.server_writes()] == [
        ("", "sent to 2 recipients"),
        ("INBOX", "flag \\Answered"),
        ("Sent", "append"),
    ]


@pytest.mark.parametrize("office", [True], indirect=True)
def test_a_read_only_account_sends_and_changes_nothing_on_the_server(office: Office) -> None:
    entry = office.send(office.answer())
    assert entry.state is OutboxState.SENT
    assert len(office.sink.received) == 1
    assert office.copies(entry) == 0
    office.mailbox.select("INBOX")
    assert office.mailbox.flags(office.mailbox.uids()) == {1: ()}
    page = office.desk.thread("<asked@museum.example>")
    assert page is not None
    assert len(page.messages) == 2
    assert [write.what for write in office.desk.server_writes()] == ["sent to 1 recipient"]


def test_a_server_that_files_the_copy_itself_is_not_given_another(office: Office) -> None:
    def file_and_accept(raw: bytes) -> str:
        # such servers rewrite what they like: it is known by its Message-ID
        office.deliver(raw.replace(b"From: Ana Ferreira", b'From: "Ana F."'), folder="Sent", flags=("\\Seen",))
        return "250 OK"

    office.sink.on_data = file_and_accept
    entry = office.send(office.answer())
    assert office.copies(entry) == 1
    assert office.desk.sync_now(None, lambda _: None)["ok"]
    page = office.desk.thread("<asked@museum.example>")
    assert page is not None
    assert len(page.messages) == 2


def test_a_cut_in_the_middle_of_the_mail_is_tried_again_and_arrives_once(office: Office) -> None:
    office.sink.cut_in_data = 1
    entry = office.send(office.answer())
    assert (entry.state, entry.uncertain, entry.attempts) == (OutboxState.WAITING, True, 1)
    assert office.hear(SendFailed).retry
    with pytest.raises(UsageError, match="may have arrived"):
        office.desk.unqueue(entry.id)

    assert office.desk.sync_now(None, lambda _: None)["ok"]
    assert office.desk.outbox_entry(entry.id).state is OutboxState.SENT
    assert office.arrived() == [entry.message_id]
    assert office.copies(entry) == 1


def test_queued_offline_and_sent_when_the_line_is_back(office: Office) -> None:
    draft = office.answer()
    answered, office.sink.on_recipient = office.sink.on_recipient, lambda _: "421 line noise"
    entry = office.send(draft)
    assert (entry.state, entry.uncertain) == (OutboxState.WAITING, False)
    office.sink.on_recipient = answered
    entry = office.desk.outbox_entry(entry.id)
    assert entry.retry_at is not None
    assert 25 < (entry.retry_at - office.desk.now()).total_seconds() <= 60
    office.desk.send_due()
    assert office.desk.outbox_entry(entry.id).state is OutboxState.SENT
    assert office.arrived() == [entry.message_id]


def test_a_refused_recipient_ends_it_with_the_servers_words_and_the_draft_is_kept(office: Office) -> None:
    office.sink.on_recipient = lambda _: "550 no such user"
    draft = office.answer()
    entry = office.send(draft)
    assert entry.state is OutboxState.FAILED
    assert "desk@museum.example (no such user)" in entry.last_error
    assert not office.hear(SendFailed).retry
    assert [each.id for each in office.desk.drafts()] == [draft]
    assert [each.id for each in office.desk.outbox()] == [entry.id]

    office.sink.on_recipient = lambda who: "250 OK" if who.startswith("helen") else "550 no such user"
    office.desk.edit_draft(draft, to="helen@museum.example, desk@museum.example")
    again = office.send(draft)
    assert again.state is OutboxState.SENT
    assert again.message_id != entry.message_id
    assert "It went to helen@museum.example, but not to desk@museum.example" in office.hear(MessageSent).warning
    assert office.desk.outbox() == ()


def test_a_copy_that_cannot_be_filed_is_a_warning_and_never_a_failed_send(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = office.answer()
    monkeypatch.setenv("TEST_IMAP_PASSWORD", "changed meanwhile")  # the sink takes any
    entry = office.send(draft)
    assert entry.state is OutboxState.SENT
    assert "no copy is in the Sent folder" in office.hear(FilingFailed).message
    assert office.arrived() == [entry.message_id]
    assert office.copies(entry) == 0


def test_taken_back_within_its_window_it_is_a_draft_again_and_nothing_goes(office: Office) -> None:
    draft = office.answer()
    entry = office.desk.send_draft(draft, undo_seconds=20 * 60)
    with pytest.raises(UsageError, match="in the outbox already"):
        office.desk.edit_draft(draft, body="later thought")
    office.desk.send_due()
    assert office.desk.unqueue(entry.id).id == draft
    office.desk.send_due()
    assert office.sink.received == []
    with pytest.raises(UsageError, match="taken back already"):
        office.desk.unqueue(entry.id)
    assert office.desk.edit_draft(draft, body="later thought").body == "later thought"


def test_the_engine_sends_by_itself_when_the_window_ends_though_no_door_is_open(office: Office) -> None:
    draft = office.answer()
    with open_desk(office.config) as door:
        entry = door.send_draft(draft, undo_seconds=2)
        door.send_later()
    until(lambda: office.arrived() == [entry.message_id], "it did not go out")
    until(lambda: office.copies(entry) == 1, "it was not filed")


class Killer:
    """Kills the engine once, from whatever thread a hook is called on."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._done = threading.Event()

    def __call__(self) -> bool:
        if self._done.is_set():
            return False
        self._done.set()
        self._office.kill_engine()
        return True


def _kill_at(office: Office, point: str, kill: Killer) -> None:
    sink = office.sink
    if point == "at the recipient":
        sink.on_recipient = lambda _: "421 gone" if kill() else "250 OK"
    elif point == "in the middle of the mail":
        sink.cut_in_data, sink.on_cut = 1, kill
    elif point == "taken and filed by the server, its word lost":

        def take(raw: bytes) -> str:
            office.deliver(raw, folder="Sent")
            kill()
            return "250 OK"

        sink.on_data = take
    else:

        def heard(event: Event) -> None:
            if isinstance(event, MessageSent):
                kill()

        office.desk.subscribe(heard)


@pytest.mark.parametrize(
    "point",
    [
        "at the recipient",
        "in the middle of the mail",
        "taken and filed by the server, its word lost",
        "sent and not filed",
    ],
)
def test_killed_while_it_sends_the_next_engine_makes_it_exactly_one(office: Office, point: str) -> None:
    draft = office.answer()
    kill = Killer(office)
    _kill_at(office, point, kill)
    office.desk.start()
    entry = office.desk.send_draft(draft, undo_seconds=0)
    until(kill._done.is_set, "the point was not reached")
    until(lambda: office.desk.outbox_entry(entry.id).filed, "the next engine did not finish")
    assert office.desk.outbox_entry(entry.id).state is OutboxState.SENT
    assert office.arrived() == [entry.message_id]
    assert office.copies(entry) == 1


def test_an_answer_to_a_complaint_waits_for_its_slots_or_a_reason(office: Office) -> None:
    thread = office.ask()
    office.desk.toggle_label("<asked@museum.example>", "complaint")
    draft = office.desk.new_reply(thread)
    number = int(draft.draft_id)
    office.desk.edit_draft(number, body="Thank you for your patience.")
    with pytest.raises(NotReady, match="problem") as caught:
        office.desk.send_draft(number)
    slots = {gap.slot for gap in caught.value.gaps}
    assert slots == {"problem", "remedy", "date", "cost", "next_update"}
    with pytest.raises(UsageError, match="Why is cost left out"):
        office.desk.send_draft(number, waived={"cost": " "})
    reasons = dict.fromkeys(slots, "said on the telephone")
    assert office.desk.send_draft(number, waived=reasons).state is OutboxState.WAITING
    assert office.desk.draft(number).waived == reasons


def test_a_placeholder_blocks_whatever_it_answers(office: Office) -> None:
    draft = office.answer(body="It takes ‹how long?›.")
    with pytest.raises(NotReady, match="how long"):
        office.desk.send_draft(draft, waived={"date": "no matter"})
    assert office.desk.outbox() == ()
