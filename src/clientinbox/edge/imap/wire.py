"""IMAPClient on a connection that believes a server less: no allocation on a mere promise, no half-read line used."""

import imaplib
from typing import Any

from imapclient import IMAPClient
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

LONGEST_LINE = 1_000_000
LARGEST_LITERAL = 512 * 1024 * 1024
"""Octets. No provider takes a mail of more than 150 MB."""
_PIECE = 1024 * 1024


class _Wary:
    """What imaplib's reader does too trustingly, for both of its classes."""

    file: Any

    def readline(self) -> bytes:
        line: bytes = self.file.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:  # imaplib calls it a refusal, but its rest would be read as the next answer
            raise imaplib.IMAP4.abort("a line without an end")
        return line

    def read(self, size: int) -> bytes:
        if size <= _PIECE:
            return self.file.read(size)  # type: ignore[no-any-return]
        if size > LARGEST_LITERAL:
            raise imaplib.IMAP4.abort(f"a text of {size} octets")
        pieces: list[bytes] = []
        while size > 0 and (piece := self.file.read(min(size, _PIECE))):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


class _Plain(_Wary, IMAP4WithTimeout):  # type: ignore[misc, unused-ignore]
    pass


class _Tls(_Wary, IMAP4_TLS):  # type: ignore[misc, unused-ignore]
    pass


class WaryClient(IMAPClient):  # type: ignore[misc, unused-ignore]
    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - IMAPClient's name
        if self.ssl:
            return _Tls(self.host, self.port, self.ssl_context, self._timeout.connect)
        return _Plain(self.host, self.port, self._timeout.connect)
