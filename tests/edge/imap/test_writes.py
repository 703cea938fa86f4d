"""The few things that are changed on a server, and that only what was meant is changed."""

from collections.abc import Callable

import pytest

from clientinbox.edge.imap import ImapMailbox, ServerRefused
from clientinbox.errors import UsageError
from clientinbox.mail.ports import Appended, FlagsChanged, Moved

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


def test_flags_come_and_go(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    deliver(MAIL, flags=("\\Seen", "old"))
    state = mailbox.select("INBOX")
    assert (
        mailbox.change_flags("INBOX", state.uidvalidity, (1, 99), add=("\\Flagged", "$Later"), remove=("old", "\\Seen"))
        == FlagsChanged()
    )
    mailbox.select("INBOX")
    assert set(mailbox.flags((1,))[1]) == {"\\Flagged", "$Later"}
    assert mailbox.change_flags("INBOX", state.uidvalidity + 1, (1,), remove=("\\Flagged",)) is None
    assert set(mailbox.flags((1,))[1]) == {"\\Flagged", "$Later"}


def test_a_flag_that_is_none_is_refused_before_it_is_sent(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    deliver(MAIL)
    state = mailbox.select("INBOX")
    for flag in ("two words", "a)b", "ä", "", "\\", "x\r\nA1 DELETE INBOX"):
        with pytest.raises(UsageError):
            mailbox.change_flags("INBOX", state.uidvalidity, (1,), add=(flag,))
    assert mailbox.select("INBOX").exists == 1


def left_in(mailbox: ImapMailbox, folder: str) -> dict[int, tuple[str, ...]]:
    mailbox.select(folder)
    return mailbox.flags(mailbox.uids())


@pytest.mark.parametrize("missing", [(), (b"MOVE",)], ids=["MOVE", "UIDPLUS"])
def test_messages_move_and_nobody_elses_deletions_are_carried_out(
    mailbox: ImapMailbox, deliver: Callable[..., None], missing: tuple[bytes, ...]
) -> None:
    mailbox._session.capabilities -= frozenset(missing)
    for flags in ((), ("\\Deleted",), ("\\Seen",)):
        deliver(MAIL, flags=flags)
    deliver(MAIL, folder="Archive")
    state, there = mailbox.select("INBOX"), mailbox.select("Archive")

    assert mailbox.move("INBOX", state.uidvalidity + 1, (1,), "Archive") is None
    moved = mailbox.move("INBOX", state.uidvalidity, (3, 1, 99), "Archive")

    assert moved == Moved({1: 2, 3: 3}, there.uidvalidity)
    assert left_in(mailbox, "INBOX") == {2: ("\\Deleted",)}
    assert left_in(mailbox, "Archive") == {1: (), 2: (), 3: ("\\Seen",)}
    assert not mailbox.wait_for_news(0)  # our own doing is no news


def test_a_server_that_can_only_copy_leaves_the_originals_and_says_so(
    mailbox: ImapMailbox, deliver: Callable[..., None]
) -> None:
    mailbox._session.capabilities -= {b"MOVE", b"UIDPLUS"}
    for flags in ((), ("\\Deleted",)):
        deliver(MAIL, flags=flags)
    moved = mailbox.move("INBOX", mailbox.select("INBOX").uidvalidity, (1,), "Archive")

    assert moved is not None
    assert moved.left_behind
    assert left_in(mailbox, "INBOX") == {1: ("\\Deleted",), 2: ("\\Deleted",)}
    assert left_in(mailbox, "Archive") == {1: ()}


def test_a_move_to_nowhere_changes_nothing(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    deliver(MAIL)
    for missing in ((), (b"MOVE",)):
        mailbox._session.capabilities -= frozenset(missing)
        with pytest.raises(ServerRefused):
            mailbox.move("INBOX", mailbox.select("INBOX").uidvalidity, (1,), "Nowhere")
    assert left_in(mailbox, "INBOX") == {1: ()}


def test_where_an_appended_message_is(mailbox: ImapMailbox, deliver: Callable[..., None]) -> None:
    deliver(MAIL)
    assert mailbox.append("INBOX", MAIL) == Appended(mailbox.select("INBOX").uidvalidity, 2)


@pytest.mark.parametrize("can_expunge", [True, False])
def test_what_was_copied_before_is_taken_out_alone_where_the_server_can(
    mailbox: ImapMailbox,
    deliver: Callable[..., None],
    can_expunge: bool,  # noqa: FBT001
) -> None:
    if not can_expunge:
        mailbox._session.capabilities -= {b"UIDPLUS"}
    for flags in ((), ("\\Deleted",), ()):
        deliver(MAIL, flags=flags)
    state = mailbox.select("INBOX")
    assert mailbox.remove("INBOX", state.uidvalidity + 1, (1,)) is None
    assert mailbox.remove("INBOX", state.uidvalidity, (1, 99)) is can_expunge
    assert {uid for uid, flags in left_in(mailbox, "INBOX").items() if "\\Deleted" not in flags} == {3}
    assert (1 not in left_in(mailbox, "INBOX")) is can_expunge
