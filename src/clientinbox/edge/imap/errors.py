"""What a mail server or the way to it can do to us, in our words.

Three endings, because callers treat them differently: a lost connection is worth a retry (NetworkError), a refused
login or wrong settings are not (LoginRefused, UsageError), and a refused command concerns that one folder or message
(ServerRefused) while the connection is still good.
"""

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence

from clientinbox.errors import ClientInboxError, NetworkError, UsageError
from clientinbox.mail.account import Server

LONGEST_QUOTE = 300
"""Characters of a server's words that are worth showing."""

_BYTES_REPR = re.compile(r"^b(['\"])(.*)\1$", re.DOTALL)
_IMAPLIB_PREFIX = re.compile(r"^(?:command: \S+ => )*(?:socket error: (?:\[Errno -?\d+\] )?)?")
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"})
"""OpenSSL's reasons when the other side answers a TLS greeting with something else."""


class ServerRefused(ClientInboxError):
    """The server answered NO or BAD to a command; the connection is still good."""


def printable(words: object, *, secrets: Sequence[str] = ()) -> str:
    """A server's words on one line: nothing in them may steer a terminal, nor repeat the password to it."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    text = _IMAPLIB_PREFIX.sub("", text)
    if quoted := _BYTES_REPR.match(text):  # imaplib shows bytes by their repr
        text = quoted[2]
    for secret in filter(None, secrets):
        text = text.replace(secret, "•••")
    text = "".join(char if char.isprintable() else " " if char in "\r\n\t" else "\ufffd" for char in text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


@contextlib.contextmanager
def translated(server: Server) -> Iterator[None]:
    """Turn what imaplib, ssl and the socket raise into ours."""
    at = f"{server.host}:{server.port}"
    try:
        yield
    except imaplib.IMAP4.abort as exc:
        raise NetworkError(f"{at} ended the connection: {printable(exc)}.") from exc
    except imaplib.IMAP4.error as exc:
        raise ServerRefused(f"{at} refused: {printable(exc)}.") from exc
    except ssl.SSLError as exc:  # an OSError, and so is what certificates raise
        raise _tls_failure(exc, at) from exc
    except OSError as exc:
        raise _no_connection(exc, server, at) from exc
    except (ValueError, LookupError, TypeError, AttributeError) as exc:
        # imaplib and IMAPClient convert what the server sent without looking; a server that lies gets here.
        raise NetworkError(f"{at} sent something that is not IMAP: {printable(exc)}.") from exc


def _tls_failure(exc: ssl.SSLError, at: str) -> ClientInboxError:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return UsageError(
            f"The certificate of {at} cannot be trusted: {printable(exc.verify_message)}.",
            todo='If the server is your own, name the authority that signed it: imap.ca = "FILE".',
        )
    if exc.reason in _NOT_TLS:
        return UsageError(
            f"{at} does not speak TLS from the first byte.",
            todo="If it wants STARTTLS: an imap:// address and imap.starttls = true.",
        )
    return NetworkError(f"The TLS connection to {at} broke: {printable(exc.reason or exc)}.")


def _no_connection(exc: OSError, server: Server, at: str) -> NetworkError:
    if isinstance(exc, socket.gaierror):
        return NetworkError(f"No address is known for {server.host}.", todo="Check its spelling, and the network.")
    if isinstance(exc, TimeoutError):
        return NetworkError(f"{at} does not answer.")
    if isinstance(exc, ConnectionRefusedError):
        return NetworkError(f"Nothing answers at {at}.", todo="Check the port, and whether the server runs.")
    return NetworkError(f"The connection to {at} failed: {printable(exc.strerror or exc)}.")
