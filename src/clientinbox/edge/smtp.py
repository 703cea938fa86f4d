"""Handing a mail to a server (RFC 5321, 6409): over TLS that is verified, whole or not at all, with the end named.

Endings, because the outbox treats them differently: a refused login, recipient or message (never tried again by
itself), a connection that failed before the mail was handed over (NetworkError: tried again), and one that was lost
after that (`DeliveryUnknown`: the server may have it, so the Sent folder is asked first).
"""

import smtplib
import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NoReturn

from clientinbox.errors import ClientInboxError, LoginRefused, NetworkError, TokenRefused, UsageError
from clientinbox.mail.account import Auth, Security, Server
from clientinbox.mail.ports import Secret

TIMEOUT_S = 30.0
_OUR_NAME = "[127.0.0.1]"
"""What EHLO says: the machine's own name is nobody's business, and asking for it can take seconds."""
_LONGEST_QUOTE = 300
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"})
_OK, _GO_ON, _PERMANENT = 250, 354, 500
_LOGGED_IN, _CONTINUE = 235, 334
_BY_TOKEN = ("XOAUTH2", "OAUTHBEARER")
_CLOSING = 421


class MailRefused(ClientInboxError):
    """The server will not take this mail, now or later."""


class RecipientRefused(MailRefused):
    """The server will not take it for any of the people it is for."""


class DeliveryUnknown(NetworkError):
    """The connection was lost after the mail had been handed over and before the server said whether it has it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    recipient: str
    words: str
    """The server's, safe to show."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The server has taken the mail."""

    accepted: tuple[str, ...]
    refused: tuple[Refusal, ...] = ()
    """Who will not get it."""


def hand_over(
    server: Server, secret: Secret, sender: str, recipients: Sequence[str], raw: bytes, *, timeout: float = TIMEOUT_S
) -> Delivery:
    """Raises UsageError, LoginRefused, MailRefused (none worth a retry), NetworkError, DeliveryUnknown (both are).

    Where a recipient is refused for now alone, nobody gets it yet: so a later try cannot reach anybody twice.
    """
    if server.exposed:
        raise UsageError(
            f"{server.host} would get the password in plain text.",
            todo='Use smtp.server = "smtps://…", or smtp.starttls = true.',
        )
    token = "" if isinstance(secret, str) else secret.token()
    try:
        with _connected(server, timeout) as smtp:
            _log_in(smtp, server, secret if isinstance(secret, str) else token, token=bool(token))
            return _transact(smtp, server, sender, recipients, raw)
    except TokenRefused:
        if isinstance(secret, str):
            raise
    with _connected(server, timeout) as smtp:  # once more with a fresh one
        _log_in(smtp, server, secret.renewed(token), token=True)
        return _transact(smtp, server, sender, recipients, raw)


@contextmanager
def _connected(server: Server, timeout: float) -> Iterator[smtplib.SMTP]:
    context = None if server.security is Security.PLAIN else _tls(server)
    at = f"{server.host}:{server.port}"
    with _translated(server):
        smtp: smtplib.SMTP
        if server.security is Security.TLS:
            smtp = smtplib.SMTP_SSL(server.host, server.port, _OUR_NAME, timeout=timeout, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, _OUR_NAME, timeout=timeout)
    try:
        with _translated(server):
            _greet(smtp, at)
        if server.security is Security.STARTTLS:
            if not smtp.has_extn("starttls"):  # taken from the list is what an attacker in between would do
                raise UsageError(
                    f"{at} offers no STARTTLS, and without it the password would be readable.",
                    todo='Try smtp.server = "smtps://…".',
                )
            with _translated(server):
                smtp.starttls(context=context)
                _greet(smtp, at)
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    finally:
        smtp.close()


def _greet(smtp: smtplib.SMTP, at: str) -> None:
    code, words = smtp.ehlo()
    if not _OK <= code < _OK + 50:
        code, words = smtp.helo()
    if not _OK <= code < _OK + 50:
        _refuse(code, f"{at} does not talk to us: {_shown(words)}")


def _log_in(smtp: smtplib.SMTP, server: Server, secret: str, *, token: bool) -> None:
    """With PLAIN or LOGIN, in UTF-8, or with a token; smtplib's own `login` takes ASCII alone and prefers CRAM-MD5."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if not offered:
        return  # a relay that knows us by our address; one that does not will refuse the sender in its own words
    possible = _BY_TOKEN if token else ("PLAIN", "LOGIN")
    wanted = possible if server.auth is Auth.AUTO else (server.auth.value.upper(),)
    chosen = next((mechanism for mechanism in wanted if mechanism in offered), None)
    if chosen is None:
        raise UsageError(
            f"{server.host} offers none of the logins that work here ({', '.join(wanted)}).", todo="Set smtp.auth."
        )
    if any(char in server.login + secret for char in "\0\1"):
        raise UsageError("The login or password holds a NUL, which SMTP cannot carry.")
    first = b64encode(_initial(server, chosen, secret)).decode()
    said: list[str] = []
    with _translated(server):
        code, words = _exchange(smtp, server, chosen, first, secret, said)
    if code == _LOGGED_IN:
        return
    shown = _shown(" ".join((*said, words.decode("utf-8", "replace"))), secrets=(first, secret))
    if code < _PERMANENT:
        raise NetworkError(f"{server.host} cannot take a login now: {shown}")
    if chosen in _BY_TOKEN:
        raise TokenRefused(
            f"{server.host} refused the token for {server.login}: {shown}",
            todo="Sign in again with the program behind the account's token.command.",
        )
    raise LoginRefused(
        f"{server.host} refused the login of {server.login}: {shown}",
        todo="Check smtp.login and the password; some providers want an app password.",
    )


def _exchange(
    smtp: smtplib.SMTP, server: Server, mechanism: str, first: str, secret: str, said: list[str]
) -> tuple[int, bytes]:
    if mechanism == "LOGIN":
        code, words = smtp.docmd("AUTH", "LOGIN")
        for answer in (server.login, secret):
            if code == _CONTINUE:
                code, words = smtp.docmd(b64encode(answer.encode()).decode())
        return code, words
    code, words = smtp.docmd("AUTH", f"{mechanism} {first}")
    if code == _CONTINUE and mechanism in _BY_TOKEN:  # why it is refused; an answer is wanted before the 535 comes
        said.append(_challenge(words))
        code, words = smtp.docmd("AQ==" if mechanism == "OAUTHBEARER" else "")
    return code, words


def _initial(server: Server, mechanism: str, secret: str) -> bytes:
    if mechanism == "XOAUTH2":
        return f"user={server.login}\1auth=Bearer {secret}\1\1".encode()
    if mechanism == "OAUTHBEARER":
        name = server.login.replace("=", "=3D").replace(",", "=2C")
        return f"n,a={name},\1host={server.host}\1port={server.port}\1auth=Bearer {secret}\1\1".encode()
    return f"\0{server.login}\0{secret}".encode()


def _challenge(words: bytes) -> str:
    try:
        return b64decode(words, validate=True).decode("utf-8", "replace")
    except ValueError:
        return words.decode("utf-8", "replace")


def _transact(smtp: smtplib.SMTP, server: Server, sender: str, recipients: Sequence[str], raw: bytes) -> Delivery:
    host = server.host
    with _translated(server):
        options = [f"size={len(raw)}"] if smtp.has_extn("size") else []
        code, words = smtp.mail(sender, options)
        if code != _OK:
            _refuse(code, f"{host} takes no mail from {sender}: {_shown(words)}")
        refused: list[Refusal] = []
        for recipient in recipients:
            code, words = smtp.rcpt(recipient)
            if code >= _PERMANENT:
                refused.append(Refusal(recipient, _shown(words)))
            elif not _OK <= code < _OK + 50:
                raise NetworkError(f"{host} does not take mail for {recipient} now: {_shown(words)}")
        if len(refused) == len(recipients):
            who = "; ".join(f"{each.recipient} ({each.words})" for each in refused)
            raise RecipientRefused(f"{host} refused the recipient: {who}", todo="Check the address.")
    code, words = _data(smtp, server, raw)
    if code != _OK:
        _refuse(code, f"{host} refused the mail: {_shown(words)}")
    gone = {each.recipient for each in refused}
    return Delivery(tuple(each for each in recipients if each not in gone), tuple(refused))


def _data(smtp: smtplib.SMTP, server: Server, raw: bytes) -> tuple[int, bytes]:
    with _translated(server):
        code, words = smtp.docmd("DATA")
    if code != _GO_ON:
        return code, words
    try:
        with _translated(server):
            smtp.send(_stuffed(raw))
            return smtp.getreply()
    except NetworkError as exc:
        raise DeliveryUnknown(exc.what, todo=exc.todo) from exc


def _stuffed(raw: bytes) -> bytes:
    """A line that begins with a dot gets another one, since a dot alone is the end."""
    lines = raw.split(b"\r\n")
    body = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _refuse(code: int, what: str) -> NoReturn:
    if code >= _PERMANENT:
        raise MailRefused(what)
    raise NetworkError(what)


def _tls(server: Server) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if server.ca_file:
            context.load_verify_locations(server.ca_file)
    except OSError as exc:
        raise UsageError(
            f"{server.ca_file} cannot be used as a list of trusted authorities: {_shown(exc.strerror or exc)}.",
            todo="smtp.ca names a PEM file.",
        ) from exc
    return context


@contextmanager
def _translated(server: Server) -> Iterator[None]:
    at = f"{server.host}:{server.port}"
    try:
        yield
    except ssl.SSLCertVerificationError as exc:
        raise UsageError(
            f"The certificate of {at} cannot be trusted: {_shown(exc.verify_message)}.",
            todo='If the server is your own, name the authority that signed it: smtp.ca = "FILE".',
        ) from exc
    except ssl.SSLError as exc:
        if exc.reason in _NOT_TLS:
            raise UsageError(
                f"{at} does not speak TLS from the first byte.",
                todo="If it wants STARTTLS: an smtp:// address and smtp.starttls = true.",
            ) from exc
        raise NetworkError(f"The TLS connection to {at} broke: {_shown(exc.reason or exc)}.") from exc
    except smtplib.SMTPServerDisconnected as exc:
        raise NetworkError(f"{at} ended the connection.") from exc
    except smtplib.SMTPResponseException as exc:
        _ended(exc, at)
    except smtplib.SMTPException as exc:  # itself an OSError
        raise NetworkError(f"{at} sent something that is not SMTP: {_shown(exc)}.") from exc
    except OSError as exc:
        raise _no_connection(exc, server.host, at) from exc
    except ValueError as exc:  # smtplib converts what the server sent without looking
        raise NetworkError(f"{at} sent something that is not SMTP: {_shown(exc)}.") from exc


def _ended(exc: smtplib.SMTPResponseException, at: str) -> NoReturn:
    words = _shown(exc.smtp_error)
    if exc.smtp_code == _CLOSING or exc.smtp_code < _PERMANENT:
        raise NetworkError(f"{at} does not take mail now: {words}") from exc
    raise MailRefused(f"{at} refused: {words}") from exc


def _no_connection(exc: OSError, host: str, at: str) -> NetworkError:
    if isinstance(exc, socket.gaierror):
        return NetworkError(f"No address is known for {host}.", todo="Check its spelling, and the network.")
    if isinstance(exc, TimeoutError):
        return NetworkError(f"{at} does not answer.")
    if isinstance(exc, ConnectionRefusedError):
        return NetworkError(f"Nothing answers at {at}.", todo="Check the port, and whether the server runs.")
    return NetworkError(f"The connection to {at} failed: {_shown(exc.strerror or exc)}.")


def _shown(words: object, *, secrets: Sequence[str] = ()) -> str:
    """A server's words on one line: nothing in them may steer a terminal, nor repeat the password to it."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    for secret in filter(None, secrets):
        for hidden in (secret, b64encode(secret.encode()).decode()):
            text = text.replace(hidden, "•••")
    text = "".join(char if char.isprintable() else " " if char in "\r\n\t" else "\ufffd" for char in text)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
