"""The few things that are changed on a server, and that only what was meant is changed."""

from collections.abc import Callable

import pytest

from clientinbox.edge.imap import ImapMailbox

pytestmark = pytest.mark.dovecot
MAIL = b"Message-ID: <one@museum.example>\r\nSubject: x\r\n\r\nHello\r\n"


def test_a_message_is_found_by_its_id_and_by_no_other(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    deliver(MAIL)
    deliver(MAIL.replace(b"<one@", b'<"tw\\\\o"@'))
    assert mailbox.search_message_id("INBOX", "<one@museum.example>") == (1,)
    assert mailbox.search_message_id("INBOX", "<ne@museum.example>") == ()
    assert mailbox.search_message_id("Sent", "<one@museum.example>") == ()
    for hostile in ("<ü@x>", "<a@b>\r\nA1 DELETE INBOX", '" OR ALL "', "\\"):
        assert mailbox.search_message_id("INBOX", hostile) in {(), (2,)}
    assert mailbox.select("INBOX").exists == 2


def test_a_flag_is_added_to_one_message_and_the_others_stay(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    deliver(MAIL, flags=("\\Seen",))
    deliver(MAIL)
    state = mailbox.select("INBOX")
    assert mailbox.add_flags("INBOX", state.uidvalidity, (1,), ("\\Answered",))
    mailbox.select("INBOX")
    assert {uid: set(flags) for uid, flags in mailbox.flags((1, 2)).items()} == {1: {"\\Seen", "\\Answered"}, 2: set()}


def test_numbers_that_mean_other_messages_now_change_nothing(
    mailbox: ImapMailbox, deliver: Callable[..., None]
) -> None:
    deliver(MAIL)
    state = mailbox.select("INBOX")
    assert not mailbox.add_flags("INBOX", state.uidvalidity + 1, (1,), ("\\Answered",))
    mailbox.select("INBOX")
    assert mailbox.flags((1,)) == {1: ()}
