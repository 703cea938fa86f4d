"""What happened in a folder since it was last seen: the same answer by QRESYNC, by CONDSTORE, and honestly none."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from clientinbox.edge.imap import ImapMailbox
from clientinbox.mail.ports import FolderChanges, FolderState

pytestmark = pytest.mark.dovecot
Deliver = Callable[..., None]


def forget(mailbox: ImapMailbox, *capabilities: bytes) -> None:
    """As if the server had never offered these."""
    mailbox._session.capabilities -= frozenset(capabilities)
    mailbox._client.enabled -= frozenset(capabilities)


@pytest.fixture
def before(mailbox: ImapMailbox, deliver: Deliver) -> FolderState:
    """Five messages, seen; then 2 is flagged, 1 and 4 leave, and 6 comes."""
    for number in range(5):
        deliver(b"Subject: %d\r\n\r\n" % number)
    state = mailbox.select("INBOX")
    mailbox.change_flags("INBOX", state.uidvalidity, (2,), add=("\\Flagged", "$Client"))
    mailbox.move("INBOX", state.uidvalidity, (1, 4), "Trash")
    deliver(b"Subject: 6\r\n\r\n", flags=("\\Seen",))
    return state


def seen(changes: FolderChanges) -> dict[int, set[str]]:
    assert changes.flags is not None
    return {uid: set(flags) for uid, flags in changes.flags.items()}


def test_flags_new_messages_and_vanished_ones(mailbox: ImapMailbox, before: FolderState) -> None:
    changes = mailbox.changes("INBOX", before, known=range(1, 6))

    assert seen(changes) == {2: {"\\Flagged", "$Client"}, 6: {"\\Seen"}}
    assert changes.vanished == (1, 4)
    assert changes.state.exists == 4
    assert mailbox.uids() == (2, 3, 5, 6)
    assert mailbox.changes("INBOX", changes.state, known=(2, 3, 5, 6)) == FolderChanges(changes.state, {}, ())


def test_only_known_messages_can_vanish(mailbox: ImapMailbox, before: FolderState) -> None:
    assert mailbox.changes("INBOX", before, known=(3, 4)).vanished == (4,)


def test_with_condstore_alone_flags_are_told_and_who_vanished_is_not(mailbox: ImapMailbox, before: FolderState) -> None:
    forget(mailbox, b"QRESYNC")
    changes = mailbox.changes("INBOX", before, known=range(1, 6))

    assert seen(changes) == {2: {"\\Flagged", "$Client"}, 6: {"\\Seen"}}
    assert changes.vanished is None
    assert mailbox.changes("INBOX", changes.state, known=(2, 3, 5, 6)).vanished == ()  # nothing happened at all


def test_a_plain_server_promises_nothing(mailbox: ImapMailbox, before: FolderState) -> None:
    forget(mailbox, b"QRESYNC", b"CONDSTORE")
    changes = mailbox.changes("INBOX", before, known=range(1, 6))

    assert (changes.flags, changes.vanished, changes.state.exists) == (None, None, 4)


@pytest.mark.parametrize(
    "change", [{"uidvalidity": 77}, {"highestmodseq": None}, {"highestmodseq": 0}, {"highestmodseq": 10**9}]
)
def test_a_state_that_says_nothing_about_this_folder_is_not_compared(
    mailbox: ImapMailbox, before: FolderState, change: dict[str, int]
) -> None:
    changes = mailbox.changes("INBOX", replace(before, **change), known=range(1, 6))

    assert (changes.flags, changes.vanished) == (None, None)


def test_status_of_many_folders_tells_which_changed(mailbox: ImapMailbox, deliver: Deliver) -> None:
    mailbox.create_folder('Kund & "Ämne"')
    names = ("INBOX", "Sent", "Nowhere", 'Kund & "Ämne"')
    before = mailbox.status(names)
    assert before.keys() == set(names) - {"Nowhere"}
    assert all(state.highestmodseq for state in before.values())
    assert mailbox.status(names) == before
    assert mailbox.select("Sent") == before["Sent"]

    deliver(b"Subject: x\r\n\r\n", folder='Kund & "Ämne"')

    after = mailbox.status(names)
    assert [name for name in after if after[name] != before[name]] == ['Kund & "Ämne"']
    assert after['Kund & "Ämne"'].exists == 1
