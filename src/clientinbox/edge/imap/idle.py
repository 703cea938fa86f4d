"""Wait for news of a folder, and notice a connection that has died meanwhile.

IMAPClient's own `idle_check` looks at the socket before it looks at what imaplib has buffered, so that an EXISTS that
came in one packet with "+ idling" is not seen until the next one; it takes a closed connection for silence; and half
a line ends it with an error. So IDLE is done here, on imaplib's connection.
"""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import contextlib
import imaplib
import select
import ssl
import time
from typing import Any

_NEWS = ("EXISTS", "EXPUNGE", "VANISHED", "FETCH")


def idle(client: Any, seconds: float) -> bool:
    """IDLE for at most so long; True as soon as the folder changed."""
    imap = client._imap
    deadline = time.monotonic() + seconds
    if told(imap):
        return True
    tag = imap._command("IDLE")
    while imap._get_response() is not None:  # None is the "+" that says it idles now
        if imap.tagged_commands[tag]:
            _status, words = imap._command_complete("IDLE", tag)
            raise imaplib.IMAP4.error(words[0])
    try:
        while not _news_waits(imap) and _arrived(client, deadline):
            imap._get_response()
    finally:
        # Also after an error: an IDLE left open would swallow the next command. A dead link answers with an abort.
        imap.send(b"DONE\r\n")
    status, words = imap._command_complete("IDLE", tag)
    if status != "OK":
        raise imaplib.IMAP4.error(words[0])
    return told(imap)


def told(imap: Any) -> bool:
    """Did the server mention a change that nobody asked for? Forgets it, so that it is told once."""
    waits = _news_waits(imap)
    forget(imap)
    return waits


def forget(imap: Any) -> None:
    for kind in (*_NEWS, "RECENT"):
        imap.untagged_responses.pop(kind, None)


def _news_waits(imap: Any) -> bool:
    return any(kind in imap.untagged_responses for kind in _NEWS)


def _arrived(client: Any, deadline: float) -> bool:
    """Wait until a line can be read; False when the time is over first."""
    sock = client.socket()
    stream = getattr(client._imap, "_file", None) or client._imap.file  # Python 3.14 renamed it
    poller = select.poll()
    poller.register(sock.fileno(), select.POLLIN)
    polled = False
    sock.settimeout(0)
    try:
        while True:
            # Look into the buffers first, imaplib's and TLS's: poll sees neither. And after poll: TLS wakes it for
            # records that carry no mail.
            with contextlib.suppress(ssl.SSLWantReadError, BlockingIOError):
                if stream.peek(1):
                    return True
                if polled:
                    raise imaplib.IMAP4.abort("connection closed by the server")
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not poller.poll(remaining * 1000):
                return False
            polled = True
    finally:
        client._set_read_timeout()
