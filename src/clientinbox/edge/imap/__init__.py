"""IMAP through IMAPClient: the only room that opens a connection to a mail server. Imports core."""

from clientinbox.edge.imap.errors import ServerRefused, printable
from clientinbox.edge.imap.mailbox import ImapMailbox, open_mailbox

__all__ = ["ImapMailbox", "ServerRefused", "open_mailbox", "printable"]
