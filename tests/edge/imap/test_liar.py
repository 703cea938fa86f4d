"""Against a server that lies, stalls and hangs up: no hang, no mix-up, and an error that says whether to try again."""

import base64
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from clientinbox.edge.imap import ImapMailbox, ServerRefused, idle, open_mailbox
from clientinbox.edge.imap import mailbox as mailbox_module
from clientinbox.errors import LoginRefused, NetworkError, UsageError
from clientinbox.mail.account import Account, Auth, PasswordSource, Security, Server
from clientinbox.mail.ports import Folder, FolderState, GmailFacts

SECRET = "geheim-42"
Answer = bytes | None
"""{tag} is the command's tag; None hangs up."""


Lie = Callable[..., Any]
CAPABILITY = b"* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n"
EXAMINED = (
    b"* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n{tag} OK [READ-ONLY] done\r\n"
)


def account(port: int, host: str = "127.0.0.1", **changes: object) -> Account:
    server = Server(host, port, Security.PLAIN, "ana", PasswordSource(env="X"))
    return Account("acme", "ana@acme.example", replace(server, **changes))  # type: ignore[arg-type]


def opened(server: Any, timeout: float = 5) -> ImapMailbox:
    mailbox = open_mailbox(account(server.port), SECRET, timeout=timeout)
    mailbox.select("INBOX")
    return mailbox


# ---- before and during the login


@pytest.mark.parametrize("host", ["mail.acme.example", "10.0.0.1", "127.0.0.1.acme.example"])
def test_plain_text_to_another_machine_is_refused_before_a_packet_is_sent(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_args, **_kwargs: pytest.fail("it connected"))
    with pytest.raises(UsageError, match="plain text"):
        open_mailbox(account(143, host), SECRET)


def test_a_port_where_nothing_answers_is_worth_a_retry() -> None:
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NetworkError, match="Nothing answers"):
            open_mailbox(account(taken.getsockname()[1]), SECRET)


def test_an_unknown_name_is_worth_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NetworkError, match=r"No address is known for mail\.acme\.example"):
        open_mailbox(account(993, "mail.acme.example", security=Security.TLS), SECRET)


@pytest.mark.parametrize(
    ("greeting", "words"),
    [(None, "ended"), (b"* BYE too busy\r\n", "too busy"), (b"SSH-2.0-OpenSSH\r\n", "SSH"), (b"", "does not answer")],
    ids=["hangs up", "BYE", "not IMAP", "says nothing"],
)
def test_a_server_that_does_not_greet_is_worth_a_retry(lie: Lie, greeting: Answer, words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        open_mailbox(account(lie(greeting).port), SECRET, timeout=0.5)


def test_a_refusal_that_repeats_the_password_and_steers_the_terminal_is_cleaned(lie: Lie) -> None:
    server = lie(LOGIN=b"{tag} NO \x1b]0;x\x07 no such pair ana/" + SECRET.encode() + b"\r\n")

    with pytest.raises(LoginRefused) as caught:
        open_mailbox(account(server.port), SECRET)

    assert "ana/•••" in str(caught.value)
    assert str(caught.value).isprintable()
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "answer",
    [None, b"* BYE shutting down\r\n", b"{tag} NO [UNAVAILABLE] directory is down\r\n", b"{tag} NO [LIMIT] enough\r\n"],
    ids=["hangs up", "BYE", "UNAVAILABLE", "LIMIT"],
)
def test_a_login_that_was_not_judged_is_worth_a_retry(lie: Lie, answer: Answer) -> None:
    with pytest.raises(NetworkError):
        open_mailbox(account(lie(LOGIN=answer).port), SECRET)


def test_a_server_without_starttls_never_hears_the_password(lie: Lie) -> None:
    server = lie()
    with pytest.raises(UsageError, match="no STARTTLS"):
        open_mailbox(account(server.port, security=Security.STARTTLS), SECRET)
    server.close()
    assert not any(SECRET in line for line in server.heard)


def test_a_greeting_that_skips_the_login_does_not_skip_starttls(lie: Lie) -> None:
    server = lie(b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n")
    with pytest.raises(UsageError, match="no STARTTLS"):
        open_mailbox(account(server.port, security=Security.STARTTLS), SECRET)


def test_a_password_cannot_smuggle_in_a_command(lie: Lie) -> None:
    with pytest.raises(UsageError, match="line break"):
        open_mailbox(account(lie().port), "x\r\na1 DELETE INBOX")


def test_a_login_that_is_forbidden_becomes_plain(lie: Lie) -> None:
    capability = b"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n{tag} OK done\r\n"
    server = lie(CAPABILITY=capability, AUTHENTICATE=b"+ \r\n")
    with open_mailbox(account(server.port), "gehäim"):
        pass
    server.close()
    assert base64.b64encode("\0ana\0gehäim".encode()).decode() in server.heard
    assert not any(line.startswith("LOGIN") for line in server.heard)


def test_a_password_beyond_ascii_is_not_squeezed_into_login(lie: Lie) -> None:
    with pytest.raises(UsageError, match="not plain ASCII") as caught:
        open_mailbox(account(lie().port, auth=Auth.LOGIN), "gehäim")
    assert "gehäim" not in str(caught.value)


@pytest.mark.parametrize("answer", [b"{tag} OK done\r\n", b"{tag} NO no\r\n", None], ids=["OK", "NO", "hangs up"])
def test_the_password_is_in_no_log_however_the_login_ends(
    lie: Lie, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = lie(LOGIN=answer)
    with suppress(NetworkError, LoginRefused), open_mailbox(account(server.port), SECRET) as mailbox:
        mailbox.select("INBOX")
    server.close()

    assert any(SECRET in line for line in server.heard)  # it did go over the wire
    assert SECRET not in caplog.text
    assert "EXAMINE" not in caplog.text  # imaplib's own log, which would repr() every message, is off


# ---- fetching


def message(uid: int, raw: bytes) -> bytes:
    return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(raw), raw)


def test_bye_in_the_middle_of_a_fetch_is_worth_a_retry_and_ends_the_mailbox(lie: Lie) -> None:
    mailbox = opened(lie(FETCH=message(3, b"three") + b"* BYE overloaded\r\n"))

    with pytest.raises(NetworkError):
        list(mailbox.fetch_messages((3, 2)))
    with pytest.raises(NetworkError, match="closed"):
        mailbox.uids()


def test_a_cut_inside_a_message_yields_no_half_message(lie: Lie) -> None:
    mailbox = opened(lie(FETCH=message(3, b"three") + b"* BYE", LOGOUT=None), timeout=0.5)
    got: list[object] = []
    with pytest.raises(NetworkError):
        got.extend(mailbox.fetch_messages((3, 2)))
    assert got == []


def test_nil_bodies_unasked_flags_and_foreign_uids_leave_the_good_ones(lie: Lie) -> None:
    answer = (
        b"* 5 FETCH (FLAGS (\\Seen))\r\n"
        + message(99, b"nobody asked")
        + message(2, b"two")
        + b"* 3 FETCH (UID 3 BODY[] NIL)\r\n* 3 EXISTS\r\n* 2 EXPUNGE\r\n"
        + message(5, b"five")
        + b"{tag} OK done\r\n"
    )
    with opened(lie(FETCH=answer)) as mailbox:
        assert [(found.uid, found.raw) for found in mailbox.fetch_messages((5, 4, 3, 2))] == [(5, b"five"), (2, b"two")]


def test_one_message_that_cannot_be_sent_does_not_hide_its_neighbours(lie: Lie) -> None:
    no = b"{tag} NO [SERVERBUG] Internal error\r\n"
    ok = b"{tag} OK done\r\n"
    broken = b"* 2 FETCH (UID 2 BODY[])\r\n"
    server = lie(
        FETCH=[no, message(4, b"four") + message(3, b"three") + ok, broken + ok, broken + ok, message(1, b"1") + ok]
    )
    with opened(server) as mailbox:
        assert [found.uid for found in mailbox.fetch_messages((4, 3, 2, 1))] == [4, 3, 1]
        assert mailbox.refused() == {2: "what the server sent of it cannot be read"}
        mailbox.select("INBOX")
        assert mailbox.refused() == {}


def test_a_message_that_is_refused_alone_is_named_with_the_servers_words(lie: Lie) -> None:
    no = b"{tag} NO [EXPIRED] message is \x1b[31mbroken\r\n"
    ok = b"{tag} OK done\r\n"
    server = lie(FETCH=[no, message(2, b"two") + ok, no, b"* 1 FETCH (UID 1 BODY[] NIL)\r\n" + ok])
    with opened(server) as mailbox:
        assert [found.uid for found in mailbox.fetch_messages((2, 3))] == [2]
        assert list(mailbox.fetch_messages((1,))) == []
        assert mailbox.refused() == {
            3: "[EXPIRED] message is \ufffd[31mbroken",
            1: "the server gives nothing of it",
        }


def test_what_the_server_must_tell_its_person_is_in_the_log(lie: Lie, caplog: pytest.LogCaptureFixture) -> None:
    with opened(lie(b"* OK [ALERT] Down at \x1b[31mnoon\r\n")):
        pass
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "127.0.0.1 says: Down at \ufffd[31mnoon"
    ]


def test_a_greeting_that_lists_what_it_can_is_not_asked_again(lie: Lie) -> None:
    server = lie(b"* OK [CAPABILITY IMAP4rev1 IDLE] hello\r\n", LOGIN=b"{tag} OK [CAPABILITY IMAP4rev1] in\r\n")
    with opened(server):
        pass
    assert [line.split()[0] for line in server.heard] == ["LOGIN", "EXAMINE", "LOGOUT"]


def test_a_name_that_should_have_been_quoted_is_put_together(lie: Lie) -> None:
    answer = (
        b'* LIST () "/" INBOX\r\n* LIST () "/" Sent Items\r\n* LIST () NIL 2024 ("CHILDINFO" ("X"))\r\n{tag} OK\r\n'
    )
    with opened(lie(LIST=answer)) as mailbox:
        assert mailbox.folders() == (Folder("INBOX", "inbox"), Folder("Sent Items", "sent"), Folder("2024"))


def test_exists_may_promise_more_than_there_is(lie: Lie) -> None:
    with opened(lie(SEARCH=b"* SEARCH 4 2 8 8\r\n{tag} OK done\r\n")) as mailbox:
        assert mailbox.uids() == (2, 4, 8)


NOTHING_FOUND = [b"* SEARCH\r\n{tag} OK done\r\n", b"{tag} OK done\r\n"]


@pytest.mark.parametrize("answer", NOTHING_FOUND)
def test_an_empty_folder_has_no_uids(lie: Lie, answer: bytes) -> None:
    with opened(lie(EXAMINE=EXAMINED.replace(b"3 EXISTS", b"0 EXISTS"), SEARCH=answer)) as mailbox:
        assert mailbox.uids() == ()


@pytest.mark.parametrize("answer", NOTHING_FOUND)
def test_a_full_folder_that_seems_empty_is_not_believed(lie: Lie, answer: bytes) -> None:
    mailbox = opened(lie(SEARCH=answer))
    with pytest.raises(NetworkError, match="seems to be empty"):
        mailbox.uids()


def test_a_folder_that_was_emptied_meanwhile_is_empty(lie: Lie) -> None:
    answer = b"* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* SEARCH\r\n{tag} OK done\r\n"
    with opened(lie(SEARCH=answer)) as mailbox:
        assert mailbox.uids() == ()


@pytest.mark.parametrize("missing", [b"* OK [UIDVALIDITY 7] ok\r\n", b"* 3 EXISTS\r\n"])
def test_a_folder_without_its_identity_or_size_is_not_believed(lie: Lie, missing: bytes) -> None:
    with pytest.raises(NetworkError, match="without a word"):
        opened(lie(EXAMINE=EXAMINED.replace(missing, b"")))


def test_a_range_that_would_fill_all_memory_is_refused(lie: Lie) -> None:
    capability = b"* CAPABILITY IMAP4rev1 ESEARCH\r\n{tag} OK done\r\n"
    answer = b'* ESEARCH (TAG "x") UID ALL 1:4294967295\r\n{tag} OK done\r\n'
    mailbox = opened(lie(CAPABILITY=capability, SEARCH=answer))
    with pytest.raises(NetworkError, match="not IMAP"):
        mailbox.uids()


def test_a_big_folder_is_searched_in_windows(lie: Lie) -> None:
    examined = EXAMINED.replace(b"3 EXISTS", b"120000 EXISTS")
    answers: list[Answer] = [b"* SEARCH %d\r\n{tag} OK done\r\n" % uid for uid in (1, 2, 3)]
    server = lie(EXAMINE=examined, SEARCH=answers)
    with opened(server) as mailbox:
        assert mailbox.uids() == (1, 2, 3)
    searches = [line for line in server.heard if "SEARCH" in line]
    assert [line.split()[2] for line in searches] == ["1:50000", "50001:100000", "100001:*"]


def test_a_refused_folder_leaves_the_connection_usable(lie: Lie) -> None:
    server = lie(EXAMINE=[b"{tag} NO \x1b[2J gone\r\n", EXAMINED])
    with open_mailbox(account(server.port), SECRET) as mailbox:
        with pytest.raises(ServerRefused) as caught:
            mailbox.select("A")
        assert str(caught.value).isprintable()
        assert mailbox.select("B").uidvalidity == 7


def test_a_server_that_stops_talking_is_given_up(lie: Lie) -> None:
    mailbox = opened(lie(SEARCH=b"* SEARCH 1"), timeout=0.3)
    with pytest.raises(NetworkError, match="does not answer"):
        mailbox.uids()


def test_a_missing_folder_is_made_under_the_servers_prefix_and_only_when_asked(lie: Lie) -> None:
    capability = b"* CAPABILITY IMAP4rev1 NAMESPACE SPECIAL-USE CREATE-SPECIAL-USE\r\n{tag} OK done\r\n"
    nothing = b'* LIST () "." INBOX\r\n{tag} OK done\r\n'
    made = b'* LIST () "." INBOX\r\n* LIST (\\Archive) "." INBOX.Archive\r\n{tag} OK done\r\n'
    namespace = b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\n{tag} OK done\r\n'
    server = lie(CAPABILITY=capability, LIST=[nothing, nothing, made, made], NAMESPACE=namespace)
    with opened(server) as mailbox:
        assert mailbox.folder_for("archive") is None
        assert not any("CREATE" in line for line in server.heard)
        for _ in range(2):
            assert mailbox.folder_for("archive", create=True) == Folder("INBOX.Archive", "archive")
    assert [line for line in server.heard if "CREATE" in line] == ['CREATE "INBOX.Archive" (USE (\\Archive))']


RENEWED = EXAMINED.replace(b"{tag}", b"* OK [HIGHESTMODSEQ 60] ok\r\n%b{tag}")
SINCE = FolderState(7, 9, 3, 50)


@pytest.mark.parametrize(
    ("told", "flags", "vanished"),
    [
        (b"* VANISHED (EARLIER) 1:2\r\n* 1 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (55))\r\n", {3: ("\\Seen",)}, (2,)),
        (b"* VANISHED (EARLIER) 1:4294967295\r\n* VANISHED 3\r\n", {}, (2, 3, 5)),
        (b"* VANISHED (EARLIER) 1:x\r\n", None, None),
        (b"* 1 FETCH (UID 3 FLAGS NIL)\r\n* VANISHED (EARLIER) 2\r\n", None, None),
        (b"* 1 FETCH (UID 3 FLAGS (\r\n", None, None),
        (b"* 1 FETCH (UID 0 FLAGS ())\r\n", {}, ()),
        (b"* OK [NOMODSEQ] none\r\n", None, None),
    ],
)
def test_changes_that_cannot_be_read_are_no_promise(
    lie: Lie, told: bytes, flags: object, vanished: tuple[int, ...] | None
) -> None:
    capability = b"* CAPABILITY IMAP4rev1 ENABLE QRESYNC CONDSTORE\r\n{tag} OK done\r\n"
    enabled = b"* ENABLED QRESYNC CONDSTORE\r\n{tag} OK done\r\n"
    server = lie(CAPABILITY=capability, ENABLE=enabled, EXAMINE=[EXAMINED, RENEWED.replace(b"%b", told)])
    with opened(server) as mailbox:
        changes = mailbox.changes("INBOX", SINCE, (2, 3, 5))
    assert (changes.flags, changes.vanished) == (flags, vanished)
    assert 'EXAMINE "INBOX" (QRESYNC (7 50))' in server.heard


def test_a_folder_opens_though_the_question_after_changes_is_refused(lie: Lie) -> None:
    capability = b"* CAPABILITY IMAP4rev1 ENABLE QRESYNC CONDSTORE\r\n{tag} OK done\r\n"
    changed = b"* 1 FETCH (UID 3 FLAGS (\\Seen) MODSEQ (55))\r\n{tag} OK done\r\n"
    server = lie(
        CAPABILITY=capability,
        ENABLE=b"* ENABLED QRESYNC\r\n{tag} OK done\r\n",
        EXAMINE=[EXAMINED, b"{tag} BAD what?\r\n", RENEWED.replace(b"%b", b"")] + [b"{tag} NO gone\r\n"] * 2,
        FETCH=changed,
    )
    with opened(server) as mailbox:
        changes = mailbox.changes("INBOX", SINCE, (2, 3, 5))
        assert (changes.flags, changes.vanished) == ({3: ("\\Seen",)}, None)
        with pytest.raises(ServerRefused, match="gone"):
            mailbox.changes("INBOX", SINCE, (2, 3, 5))


@pytest.mark.parametrize("answer", [b"{tag} BAD what?\r\n", b"* ENABLED\r\n{tag} OK done\r\n", b"{tag} OK done\r\n"])
def test_what_the_server_does_not_switch_on_is_not_used(lie: Lie, answer: bytes) -> None:
    capability = b"* CAPABILITY IMAP4rev1 ENABLE QRESYNC CONDSTORE\r\n{tag} OK done\r\n"
    server = lie(CAPABILITY=capability, ENABLE=answer, EXAMINE=[EXAMINED, RENEWED.replace(b"%b", b"")])
    with opened(server) as mailbox:
        assert mailbox.changes("INBOX", SINCE, (2, 3, 5)).vanished is None
    assert not any("QRESYNC (" in line for line in server.heard)


PIECES: list[tuple[list[bytes], bytes | None]] = [
    ([b"<0> {3}\r\none", b'<3> ""'], b"one"),
    ([b"<0> {3}\r\none", b"<3> NIL"], b"one"),
    ([b"<0> {3}\r\none", b""], b"one"),
    ([b"<0> {3}\r\none", b"<3> {3}\r\ntwo", b'<6> ""'], b"onetwo"),
    ([b" {3}\r\none"], b"one"),
    ([b""], b""),
    ([b"<0> {5}\r\nabcde", b'<5> ""'], b"abcde"),
    ([b"<0> {5}\r\nabcde", b""], None),
    ([b"<0> {6}\r\nabcdef"], None),
]


@pytest.mark.parametrize(("answers", "whole"), PIECES)
def test_a_part_in_pieces_is_whole_or_an_error(
    lie: Lie, monkeypatch: pytest.MonkeyPatch, answers: list[bytes], whole: bytes | None
) -> None:
    monkeypatch.setattr(mailbox_module, "PIECE", 5)
    said = [
        b"* 1 FETCH (UID 3 BODY[1]" + answer + b")\r\n{tag} OK\r\n" if answer else b"{tag} OK\r\n" for answer in answers
    ]
    with opened(lie(FETCH=said)) as mailbox:
        if whole is None:
            with pytest.raises(NetworkError):
                list(mailbox.stream(3, "1"))
        else:
            assert b"".join(mailbox.stream(3, "1")) == whole


def test_a_fetch_never_goes_on_in_another_folder(lie: Lie, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_module, "MESSAGES_AT_ONCE", 1)
    ok = b"{tag} OK done\r\n"
    server = lie(FETCH=[message(uid, b"x") + ok for uid in (3, 2, 1)])
    with opened(server) as mailbox:
        fetched = mailbox.fetch_messages((3, 2, 1))
        assert next(fetched).uid == 3
        mailbox.select("Sent")
        with pytest.raises(RuntimeError, match="another folder"):
            list(fetched)


# ---- Gmail


def test_gmail_says_which_message_it_is_in_every_label(lie: Lie) -> None:
    capability = b"* CAPABILITY IMAP4rev1 X-GM-EXT-1\r\n{tag} OK done\r\n"
    answer = (
        b"* 1 FETCH (X-GM-THRID 1278455344230334865 X-GM-MSGID 1278455344230334866 "
        b'X-GM-LABELS (\\Inbox "Kund & Co" "&ANY-mne" 2024) UID 3 FLAGS () RFC822.SIZE 9 BODY[HEADER] {2}\r\n\r\n)\r\n'
        b"* 2 FETCH (UID 2 X-GM-MSGID NIL RFC822.SIZE 9 BODY[HEADER] {2}\r\n\r\n)\r\n{tag} OK done\r\n"
    )
    server = lie(CAPABILITY=capability, FETCH=answer)
    with opened(server) as mailbox:
        first, second = mailbox.fetch_headers((3, 2))
    assert first.gmail == GmailFacts(1278455344230334866, 1278455344230334865, ("\\Inbox", "Kund & Co", "Ömne", "2024"))
    assert second.gmail is None
    assert any("X-GM-LABELS" in line for line in server.heard)


# ---- waiting


def test_news_in_one_packet_with_the_plus_is_heard_at_once(lie: Lie) -> None:
    with opened(lie(IDLE=b"+ idling\r\n* 4 EXISTS\r\n")) as mailbox:
        assert mailbox.wait_for_news(30)  # the test's own limit is what would end a wait


def test_news_before_the_plus_is_heard(lie: Lie) -> None:
    with opened(lie(IDLE=b"* 4 EXISTS\r\n+ idling\r\n")) as mailbox:
        assert mailbox.wait_for_news(30)


def test_still_here_is_no_news(lie: Lie) -> None:
    with opened(lie(IDLE=b"+ idling\r\n* OK Still here\r\n")) as mailbox:
        assert not mailbox.wait_for_news(0.2)


def test_a_connection_that_ends_while_waiting_is_no_silence(lie: Lie) -> None:
    mailbox = opened(lie(IDLE=b"* BYE bye\r\n"))
    with pytest.raises(NetworkError):
        mailbox.wait_for_news(30)


def test_an_idle_that_is_never_ended_by_the_server_is_given_up(lie: Lie) -> None:
    mailbox = opened(lie(IDLE=b"+ idling\r\n", DONE=b""), timeout=0.3)
    with pytest.raises(NetworkError, match="does not answer"):
        mailbox.wait_for_news(0.1)


def test_a_refused_idle_is_said_so(lie: Lie) -> None:
    with opened(lie(IDLE=b"{tag} NO not now\r\n")) as mailbox, pytest.raises(ServerRefused, match="not now"):
        mailbox.wait_for_news(30)


def test_without_idle_it_asks_at_the_end_of_the_wait(lie: Lie) -> None:
    capability = b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"
    with opened(lie(CAPABILITY=capability, NOOP=[b"* 4 EXISTS\r\n{tag} OK done\r\n"])) as mailbox:
        assert mailbox.wait_for_news(0.01)
        assert not mailbox.wait_for_news(0.01)


@pytest.mark.parametrize("offered", [b"IDLE", b"NAMESPACE"])
def test_an_interrupt_ends_the_wait_and_the_connection_lives_on(lie: Lie, offered: bytes) -> None:
    capability = b"* CAPABILITY IMAP4rev1 " + offered + b"\r\n{tag} OK done\r\n"
    with opened(lie(CAPABILITY=capability, IDLE=[b"+ idling\r\n"] * 2)) as mailbox:
        threading.Timer(0.1, mailbox.interrupt).start()
        assert not mailbox.wait_for_news(60)
        mailbox.interrupt()  # before the wait: it is not lost
        assert not mailbox.wait_for_news(60)
        assert mailbox.select("INBOX").uidvalidity == 7


def test_no_idle_lasts_longer_than_the_watchdog_allows(lie: Lie, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "LONGEST_IDLE", 0.05)
    server = lie(IDLE=[b"+ idling\r\n"] * 3 + [b"+ idling\r\n* 4 EXISTS\r\n"])
    with opened(server) as mailbox:
        assert mailbox.wait_for_news(60)
    assert server.heard.count("DONE") == 4


def test_a_machine_that_slept_asks_at_once_and_notices_the_dead_connection(
    lie: Lie, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = iter([0.0])
    monkeypatch.setattr(idle, "_LOOK_AT_CLOCK_EVERY", 0.05)
    monkeypatch.setattr(idle, "_lag", lambda: next(slept, 3600.0))
    mailbox = opened(lie(IDLE=b"+ idling\r\n", DONE=b""), timeout=0.3)
    with pytest.raises(NetworkError, match="does not answer"):
        mailbox.wait_for_news(10**6)


def test_a_server_that_ends_the_idle_by_itself_is_asked_again_and_not_at_once(
    lie: Lie, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "_AFTER_A_SHORT_IDLE", 0.01)
    ended = b"+ idling\r\n{tag} OK that is enough\r\n"
    server = lie(IDLE=[ended, ended.replace(b"OK", b"NO"), b"+ idling\r\n* 4 EXISTS\r\n"])
    with opened(server) as mailbox:
        assert mailbox.wait_for_news(60)
    assert [line for line in server.heard if line in {"IDLE", "DONE"}] == ["IDLE", "IDLE", "IDLE", "DONE"]


def test_half_a_line_and_then_the_other_half_is_news(lie: Lie) -> None:
    server = lie(IDLE=b"+ idling\r\n* 4 EXI")
    with opened(server) as mailbox:
        threading.Timer(0.2, server.push, [b"STS\r\n"]).start()
        assert mailbox.wait_for_news(60)


def test_half_a_line_is_waited_for_no_longer_than_any_answer(lie: Lie) -> None:
    mailbox = opened(lie(IDLE=b"+ idling\r\n* 4 EXI"), timeout=0.3)
    with pytest.raises(NetworkError, match="does not answer"):
        mailbox.wait_for_news(10)


def test_without_idle_closing_ends_the_wait(lie: Lie) -> None:
    mailbox = opened(lie(CAPABILITY=b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"))
    threading.Timer(0.1, mailbox.close).start()
    with pytest.raises(NetworkError, match="closed"):
        mailbox.wait_for_news(60)
