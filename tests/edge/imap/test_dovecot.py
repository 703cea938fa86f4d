"""Against a real server: TLS, logins, folders, fetching, news."""

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clientinbox.edge.imap import ImapMailbox, ServerRefused, open_mailbox
from clientinbox.errors import LoginRefused, NetworkError, TokenRefused, UsageError
from clientinbox.mail.account import Account, Auth, Security, Server
from clientinbox.mail.ports import Mailbox

pytestmark = pytest.mark.dovecot
Deliver = Callable[..., None]


def at(account: Account, **changes: Any) -> Account:
    return replace(account, imap=replace(account.imap, **changes))


def password(account: Account) -> str:
    return os.environ[account.imap.password.env]


def test_it_fits_the_protocol(mailbox: ImapMailbox) -> None:
    fits: Mailbox = mailbox
    assert fits is mailbox


# ---- connecting


@pytest.mark.parametrize("auth", [Auth.AUTO, Auth.LOGIN, Auth.PLAIN])
def test_login_over_tls_and_starttls(imap_account: Account, dovecot: Any, auth: Auth) -> None:
    with open_mailbox(at(imap_account, auth=auth), password(imap_account)) as over_tls:
        assert over_tls.select("INBOX").exists == 0
    upgraded = at(imap_account, port=dovecot.port, security=Security.STARTTLS, auth=auth)
    with open_mailbox(upgraded, password(imap_account)) as over_starttls:
        assert over_starttls.select("INBOX").exists == 0


class Purse:
    """Fits `Tokens`: one that ran out, then the next."""

    def __init__(self, next_one: str) -> None:
        self._next = next_one

    def token(self) -> str:
        return "ya29.over"

    def renewed(self, refused: str) -> str:
        assert refused == "ya29.over"
        return self._next


@pytest.mark.parametrize("auth", [Auth.AUTO, Auth.XOAUTH2, Auth.OAUTHBEARER])
def test_login_by_token(imap_account: Account, auth: Auth) -> None:
    with open_mailbox(at(imap_account, auth=auth), Purse(password(imap_account))) as mailbox:
        assert mailbox.select("INBOX").exists == 0
    with pytest.raises(TokenRefused, match=r"(401|invalid_token).*Authentication failed.*Sign in again") as caught:
        open_mailbox(at(imap_account, auth=auth), Purse("ya29.over-too"))
    assert "ya29" not in str(caught.value)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_an_unknown_authority_is_refused_and_not_retried(
    imap_account: Account, dovecot: Any, security: Security
) -> None:
    port = dovecot.tls_port if security is Security.TLS else dovecot.port
    with pytest.raises(UsageError, match="cannot be trusted"):
        open_mailbox(at(imap_account, ca_file="", security=security, port=port), password(imap_account))


def test_a_certificate_for_another_name_is_refused(imap_account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    here = socket.getaddrinfo(imap_account.imap.host, imap_account.imap.port, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: here)
    with pytest.raises(UsageError, match="cannot be trusted"):
        open_mailbox(at(imap_account, host="mail.lantern.example"), password(imap_account))


def test_a_wrong_password_is_refused_in_the_servers_words_without_the_password(imap_account: Account) -> None:
    with pytest.raises(LoginRefused, match="Authentication failed") as caught:
        open_mailbox(imap_account, "wrong-geheim")

    assert "wrong-geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_tls_spoken_to_a_plain_port_says_what_to_change(imap_account: Account, dovecot: Any) -> None:
    with pytest.raises(UsageError, match="STARTTLS"):
        open_mailbox(at(imap_account, port=dovecot.port), password(imap_account))


def test_a_file_that_is_no_authority_is_a_usage_error(imap_account: Account, tmp_path: Any) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    for file in ("no.pem", "missing.pem"):
        with pytest.raises(UsageError, match="trusted authorities"):
            open_mailbox(at(imap_account, ca_file=str(tmp_path / file)), password(imap_account))


# ---- folders and messages


def test_special_folders_are_found(mailbox: ImapMailbox) -> None:
    assert {folder.role: folder.name for folder in mailbox.folders()} == {
        "inbox": "INBOX",
        "sent": "Sent",
        "drafts": "Drafts",
        "archive": "Archive",
        "junk": "Junk",
        "trash": "Trash",
    }


def test_folder_names_beyond_ascii_come_back_as_they_were(mailbox: ImapMailbox, deliver: Deliver) -> None:
    mailbox.create_folder('Kund & "Ämne" 日本')
    deliver(b"Subject: x\r\n\r\n", folder='Kund & "Ämne" 日本')

    assert 'Kund & "Ämne" 日本' in {folder.name for folder in mailbox.folders()}
    assert mailbox.select('Kund & "Ämne" 日本').exists == 1


def test_a_folder_that_does_not_exist_is_refused_and_the_connection_lives_on(mailbox: ImapMailbox) -> None:
    with pytest.raises(ServerRefused, match="doesn't exist"):
        mailbox.select("Nowhere")
    assert mailbox.select("INBOX").exists == 0


def test_bytes_come_back_as_they_were_delivered(mailbox: ImapMailbox, deliver: Deliver) -> None:
    header = b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nX-Raw: \xfc\xdf {5}\r\n\r\n"
    eight_bit = header + "Grüße\r\n".encode("latin-1") + b")\r\n* 1 FETCH (UID 2 BODY[] NIL)\r\n"
    big = b"Subject: big\r\n\r\n" + b"".join(b"%07d \xe9\r\n" % line for line in range(200_000))
    when = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    deliver(eight_bit, flags=("\\Seen", "$Forwarded"), date=when)
    deliver(big)

    state = mailbox.select("INBOX")
    headers = list(mailbox.fetch_headers((2, 1, 77)))
    messages = list(mailbox.fetch_messages((2, 77, 1)))

    assert (state.exists, mailbox.uids()) == (2, (1, 2))
    assert state.highestmodseq is not None
    assert len(big) > 2_000_000
    assert [(message.uid, message.raw) for message in messages] == [(2, big), (1, eight_bit)]
    assert [header.uid for header in headers] == [2, 1]
    assert headers[1].header == header
    assert set(headers[1].flags) == {"\\Seen", "$Forwarded"}
    assert headers[1].internaldate == when
    assert [header.size for header in headers] == [len(big), len(eight_bit)]


def test_reading_leaves_the_mailbox_untouched(mailbox: ImapMailbox, deliver: Deliver) -> None:
    deliver(b"Subject: x\r\n\r\nhello")
    mailbox.select("INBOX")
    list(mailbox.fetch_messages(mailbox.uids()))

    assert mailbox.flags((1,)) == {1: ()}


def test_only_changed_flags_are_told_where_asked_so(mailbox: ImapMailbox, deliver: Deliver) -> None:
    deliver(b"Subject: one\r\n\r\n")
    before = mailbox.select("INBOX").highestmodseq
    deliver(b"Subject: two\r\n\r\n", flags=("\\Flagged",))
    mailbox.select("INBOX")

    assert mailbox.flags((1, 2)) == {1: (), 2: ("\\Flagged",)}
    assert mailbox.flags((1, 2), changed_since=before) == {2: ("\\Flagged",)}


def test_mail_since_a_day(mailbox: ImapMailbox, deliver: Deliver) -> None:
    for day in (27, 28, 29):
        deliver(b"Subject: x\r\n\r\n", date=datetime(2026, 2, day % 29 or 1, 12, tzinfo=UTC))
    mailbox.select("INBOX")

    assert mailbox.uids_since(date(2026, 2, 28)) == (2,)


def test_more_messages_than_one_command_asks_for(mailbox: ImapMailbox, deliver: Deliver) -> None:
    for number in range(230):
        deliver(b"Subject: %d\r\n\r\nbody %d" % (number, number))
    mailbox.select("INBOX")
    newest_first = mailbox.uids()[::-1]

    assert [message.uid for message in mailbox.fetch_messages(newest_first)] == list(newest_first)


def test_a_fetch_that_is_given_up_or_interleaved_mixes_nothing_up(mailbox: ImapMailbox, deliver: Deliver) -> None:
    for number in range(250):
        deliver(b"Subject: %d\r\n\r\nbody %d" % (number, number))
    mailbox.select("INBOX")

    given_up = mailbox.fetch_messages(mailbox.uids())
    next(given_up)
    seen = []
    for message in mailbox.fetch_messages(mailbox.uids()):  # while the next chunk is under way …
        if message.uid % 50 == 0:
            assert mailbox.flags((message.uid,)) == {message.uid: ()}  # … something else is asked
        seen.append((message.uid, message.raw.rpartition(b" ")[2]))

    assert seen == [(number + 1, b"%d" % number) for number in range(250)]


# ---- news


def test_idle_hears_of_a_delivery(mailbox: ImapMailbox, deliver: Deliver) -> None:
    mailbox.select("INBOX")
    with ThreadPoolExecutor(1) as pool:
        news = pool.submit(mailbox.wait_for_news, 20)
        deliver(b"Subject: news\r\n\r\n")
        assert news.result(timeout=25)
    assert mailbox.uids() == (1,)
    assert not mailbox.wait_for_news(0.1)


def test_news_that_came_between_two_commands_is_not_lost(mailbox: ImapMailbox, deliver: Deliver) -> None:
    mailbox.select("INBOX")
    deliver(b"Subject: news\r\n\r\n")
    mailbox.folders()  # the server mentions the new message here, and never again

    assert mailbox.wait_for_news(5)


def test_closing_from_another_thread_ends_the_wait(mailbox: ImapMailbox) -> None:
    mailbox.select("INBOX")
    with ThreadPoolExecutor(1) as pool:
        news = pool.submit(mailbox.wait_for_news, 60)
        threading.Timer(0.2, mailbox.close).start()
        with pytest.raises(NetworkError, match="closed"):
            news.result(timeout=10)
    with pytest.raises(NetworkError, match="closed"):
        mailbox.uids()


def test_plain_text_to_loopback_works(imap_account: Account, dovecot: Any) -> None:
    plain: Server = replace(imap_account.imap, port=dovecot.port, security=Security.PLAIN)
    with open_mailbox(replace(imap_account, imap=plain), password(imap_account)) as opened:
        assert opened.folders()
