"""Wait for news of a folder, and notice a connection that has died meanwhile.

IMAPClient's own `idle_check` looks at the socket before it looks at what imaplib has buffered, so that an EXISTS that
came in one packet with "+ idling" is not seen until the next one; it takes a closed connection for silence; and half
a line ends it with an error. So IDLE is done here, on imaplib's connection.

The watchdog: no IDLE lasts longer than some minutes, since servers and routers forget a silent connection, and its
DONE must be answered within the read timeout; after the machine slept it ends at once.
"""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import contextlib
import imaplib
import os
import select
import ssl
import threading
import time
from typing import Any

LONGEST_IDLE = 9 * 60.0
POLL_EVERY = 60.0
"""Seconds between questions to a server without IDLE."""
_LOOK_AT_CLOCK_EVERY = 20.0
_AFTER_A_SHORT_IDLE = 5.0
"""Seconds before a server that ended an IDLE by itself is asked for the next."""
_SLEPT = 5.0
"""Seconds by which the wall clock must have run ahead of the monotonic one, which stands still while asleep."""
_NEWS = ("EXISTS", "EXPUNGE", "VANISHED", "FETCH")


class Waker:
    """Ends a wait from any thread: the one under way, or else the next one."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._guard = threading.Lock()
        self._open = True

    def fileno(self) -> int:
        return self._read

    def wake(self) -> None:
        with self._guard, contextlib.suppress(BlockingIOError):  # full: it wakes already
            if self._open:
                os.write(self._write, b"!")

    def woken(self) -> bool:
        """Was it? Forgets it."""
        with contextlib.suppress(BlockingIOError):
            return bool(os.read(self._read, 4096))
        return False

    def close(self) -> None:
        with self._guard:
            if self._open:
                self._open = False
                os.close(self._read)
                os.close(self._write)


def wait(client: Any, seconds: float, waker: Waker) -> bool:
    """Wait in IDLE for at most so long; True as soon as the folder changed, False when the time is over or woken."""
    deadline = time.monotonic() + seconds
    while True:
        news, woken = _idle(client, min(deadline, time.monotonic() + LONGEST_IDLE), waker)
        if news or woken or time.monotonic() >= deadline:
            return news


def poll(imap: Any, seconds: float, waker: Waker) -> bool:
    """The same by asking, of a server that has no IDLE."""
    deadline = time.monotonic() + seconds
    while not told(imap):
        _pause(waker, min(deadline - time.monotonic(), POLL_EVERY))
        if waker.woken():
            return False
        status, words = imap._simple_command("NOOP")
        if status != "OK":
            raise imaplib.IMAP4.error(words[-1].decode("utf-8", "replace"))
        if time.monotonic() >= deadline:
            return told(imap)
    return True


def _idle(client: Any, deadline: float, waker: Waker) -> tuple[bool, bool]:
    """One IDLE: was there news, and was it woken?"""
    imap = client._imap
    if told(imap):
        return True, False
    if waker.woken():
        return False, True
    tag = imap._command("IDLE")
    while imap._get_response() is not None:  # None is the "+" that says it idles now
        if imap.tagged_commands[tag]:
            _status, words = imap._command_complete("IDLE", tag)
            raise imaplib.IMAP4.error(words[-1].decode("utf-8", "replace"))
    try:
        while not _news_waits(imap) and _arrived(client, deadline, waker):
            imap._get_response()
            if imap.tagged_commands[tag]:  # some servers end it by themselves
                break
            imap._check_bye()
    finally:
        # Also after an error: an IDLE left open would swallow the next command. A dead link answers with an abort.
        if ended := bool(imap.tagged_commands[tag]):
            _pause(waker, min(_AFTER_A_SHORT_IDLE, deadline - time.monotonic()))
        else:
            imap.send(b"DONE\r\n")
    status, words = imap._command_complete("IDLE", tag)
    if status != "OK" and not ended:
        raise imaplib.IMAP4.error(words[-1].decode("utf-8", "replace"))
    return told(imap), waker.woken()


def _pause(waker: Waker, seconds: float) -> None:
    poller = select.poll()
    poller.register(waker.fileno(), select.POLLIN)
    poller.poll(max(seconds, 0.0) * 1000)


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


def _arrived(client: Any, deadline: float, waker: Waker) -> bool:
    """Wait until a line can be read; False when the time is over first, the waker was used or the machine slept."""
    sock = client.socket()
    stream = getattr(client._imap, "_file", None) or client._imap.file  # Python 3.14 renamed it
    poller = select.poll()
    poller.register(sock.fileno(), select.POLLIN)
    poller.register(waker.fileno(), select.POLLIN)
    ready: set[int] = set()
    lag = _lag()
    sock.settimeout(0)
    try:
        while True:
            # Look into the buffers first, imaplib's and TLS's: poll sees neither. And after poll: TLS wakes it for
            # records that carry no mail.
            with contextlib.suppress(ssl.SSLWantReadError, BlockingIOError):
                if stream.peek(1):
                    return True
                if sock.fileno() in ready:
                    raise imaplib.IMAP4.abort("connection closed by the server")
            remaining = deadline - time.monotonic()
            slept = _lag() - lag > _SLEPT
            if remaining <= 0 or slept or waker.fileno() in ready:
                return False
            ready = {number for number, _ in poller.poll(min(remaining, _LOOK_AT_CLOCK_EVERY) * 1000)}
    finally:
        client._set_read_timeout()


def _lag() -> float:
    """How far the wall clock is ahead of the one that stands still while the machine sleeps."""
    return time.time() - time.monotonic()
