"""IMAPClient on a reader of our own: quicker than imaplib's, and it believes a server less.

No memory is taken on a mere promise, no half-read line is used, nothing that was sent is kept. What other clients put
up with is read all the same: lower case, a bare LF, an OK without words.
"""

import imaplib
import logging
import re
from typing import Any

from imapclient import IMAPClient
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from clientinbox.edge.imap.errors import printable

log = logging.getLogger(__name__)

LONGEST_LINE = 1_000_000
LARGEST_LITERAL = 256 * 1024 * 1024
"""Octets. No provider takes a mail of more than 150 MB."""
LARGEST_ANSWER = 2 * LARGEST_LITERAL
_PIECE = 1024 * 1024
_BUFFER = 64 * 1024
"""Octets read at once; with Python's own 8 kB a message costs a fifth more."""

_UNTAGGED = re.compile(rb"\* (?:(\d{1,20}) )?([A-Za-z][A-Za-z0-9._-]*)(?: (.*))?", re.DOTALL)
_TAGGED = re.compile(rb"([^ ]+) (OK|NO|BAD)(?: (.*))?", re.DOTALL | re.IGNORECASE)
_LITERAL = re.compile(rb"~?\{(\d{1,19})\+?\}\Z")
_CODE = re.compile(rb"\[([A-Za-z0-9-]+)(?: ([^\]]*))?\]")
_STATUS = frozenset({"OK", "NO", "BAD"})


class _Wary:
    """imaplib's connection, with the reading of responses replaced."""

    file: Any
    sock: Any
    host: str
    capabilities: tuple[str, ...]
    tagged_commands: dict[bytes, Any]
    untagged_responses: dict[str, list[Any]]
    continuation_response: bytes
    _octets = 0
    """Of the answer under way."""
    _check_bye: Any
    _get_tagged_response: Any

    def open(self, *args: Any, **named: Any) -> None:
        super().open(*args, **named)  # type: ignore[misc]
        self.buffer()

    def buffer(self) -> None:
        self.file = self.sock.makefile("rb", _BUFFER)

    def _get_capabilities(self) -> None:
        """A greeting that lists them saves a question."""
        if greeted := self.untagged_responses.pop("CAPABILITY", None):
            self.capabilities = tuple(greeted[-1].decode("ascii", "replace").upper().split())
        else:
            super()._get_capabilities()  # type: ignore[misc]

    def read(self, size: int) -> bytes:
        if size <= _PIECE:
            return self.file.read(size)  # type: ignore[no-any-return]
        if size > LARGEST_LITERAL:
            raise imaplib.IMAP4.abort("a text larger than any mail")
        pieces: list[bytes] = []
        while size > 0 and (piece := self.file.read(min(size, _PIECE))):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _get_line(self) -> bytes:
        line: bytes = self.file.readline(LONGEST_LINE + 1)
        if line.endswith(b"\r\n"):
            return line[:-2]
        if line.endswith(b"\n"):
            return line[:-1]
        if len(line) > LONGEST_LINE:  # imaplib calls it a refusal, but its rest would be read as the next answer
            raise imaplib.IMAP4.abort("a line without an end")
        raise imaplib.IMAP4.abort("it ended in the middle of a line" if line else "no more is coming")

    def _get_response(self) -> bytes | None:
        """Read one response and keep it; None for a request to go on ("+ …"), else its first line."""
        line = self._get_line()
        if match := _UNTAGGED.fullmatch(line):
            number, word, rest = match.groups()
            kind = word.decode("ascii").upper()
            # The number goes before the words, as in imaplib.
            words = rest or b"" if number is None else number if rest is None else number + b" " + rest
            kept = self.untagged_responses.setdefault(kind, [])
            self._grow(len(line))
            while announced := _LITERAL.search(words):
                size = int(announced[1])
                self._grow(size)
                literal = self.read(size)
                if len(literal) != size:
                    raise imaplib.IMAP4.abort("it ended in the middle of a text")
                kept.append((words, literal))
                words = self._get_line()
            kept.append(words)
            if kind in _STATUS:
                self._keep_code(words)
        elif line.startswith(b"+"):
            self.continuation_response = line[2:]
            return None
        elif match := _TAGGED.fullmatch(line):
            tag, word, rest = match.groups()
            if tag not in self.tagged_commands:
                raise imaplib.IMAP4.abort("an answer to what was never asked")
            self._octets = 0
            self.tagged_commands[tag] = (word.decode("ascii").upper(), [rest or b""])
            self._keep_code(rest or b"")
        else:
            raise imaplib.IMAP4.abort(f"unexpected response: {line!r}")
        return line

    def _grow(self, octets: int) -> None:
        """Before they are read: an answer without an end would fill the memory."""
        self._octets += octets
        if self._octets > LARGEST_ANSWER:
            raise imaplib.IMAP4.abort("an answer without an end")

    def _keep_code(self, words: bytes) -> None:
        if match := _CODE.match(words):
            code = match[1].decode("ascii").upper()
            self.untagged_responses.setdefault(code, []).append(match[2])
            if code == "ALERT":
                log.warning("%s says: %s", self.host, printable(words[match.end() :]))

    def _command_complete(self, name: str, tag: bytes) -> tuple[str, list[Any]]:
        """BAD is a refusal like NO, in the server's words and not in imaplib's."""
        leaving = name == "LOGOUT"
        if not leaving:
            self._check_bye()
        status, words = self._get_tagged_response(tag, expect_bye=leaving)
        if not leaving:
            self._check_bye()
        return status, words

    def _log(self, _line: str) -> None:
        """Not kept: imaplib's trace of the last lines holds what was sent, passwords too."""


class _Plain(_Wary, IMAP4WithTimeout):  # type: ignore[misc, unused-ignore]
    pass


class _Tls(_Wary, IMAP4_TLS):  # type: ignore[misc, unused-ignore]
    pass


class WaryClient(IMAPClient):  # type: ignore[misc, unused-ignore]
    enabled: frozenset[bytes] = frozenset()
    """What the server agreed to switch on (RFC 5161)."""

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - IMAPClient's name
        if self.ssl:
            return _Tls(self.host, self.port, self.ssl_context, self._timeout.connect)
        return _Plain(self.host, self.port, self._timeout.connect)
