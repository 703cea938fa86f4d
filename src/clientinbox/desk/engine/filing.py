r"""After a mail went out: its copy in the Sent folder if none is there, \Answered on what it answers. Network only.

Each thing that is changed on the server is told to `record`, so that `log writes` can list it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from clientinbox.edge.store.outgoing import StoredPlace
from clientinbox.errors import ClientInboxError
from clientinbox.mail.account import Account
from clientinbox.mail.drafts import OutboxEntry
from clientinbox.mail.ports import Folder, Mailbox

Record = Callable[[str, str, str], None]
"""(folder, what was done, Message-ID)"""

_FILES_BY_ITSELF = ("gmail.com", "googlemail.com")
"""What these servers send they file, and sometimes only seconds later: a copy of ours would be a second one."""
_ANSWERED = "\\Answered"


class NoSentFolder(ClientInboxError):
    """The server shows none."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What is to be filed."""

    entry: OutboxEntry
    raw: bytes
    sent_at: datetime
    answered: Sequence[StoredPlace]


def sent_folder(mailbox: Mailbox) -> Folder | None:
    return next((folder for folder in mailbox.folders() if folder.role == "sent"), None)


def is_in_sent(mailbox: Mailbox, message_id: str) -> bool:
    folder = sent_folder(mailbox)
    return folder is not None and bool(mailbox.search_message_id(folder.name, message_id))


def file_copy(account: Account, mailbox: Mailbox, filing: Filing, record: Record) -> None:
    """Raises NoSentFolder or what the mailbox raises. Writes nothing for an account that is read-only."""
    if account.read_only:
        return
    for place in filing.answered:
        if _ANSWERED not in place.flags and mailbox.add_flags(
            place.folder, place.uidvalidity, (place.uid,), (_ANSWERED,)
        ):
            record(place.folder, f"flag {_ANSWERED}", filing.entry.answers)
    folder = sent_folder(mailbox)
    if folder is None:
        raise NoSentFolder(
            f"{account.imap.host} shows no Sent folder.", todo='Name it in the account: folder.sent = "…".'
        )
    by_itself = account.smtp is not None and account.smtp.host.lower().endswith(_FILES_BY_ITSELF)
    if by_itself or mailbox.search_message_id(folder.name, filing.entry.message_id):
        return
    mailbox.append(folder.name, filing.raw, ("\\Seen",), filing.sent_at)
    record(folder.name, "append", filing.entry.message_id)
