"""Open a connection and log in: TLS that is verified, a password that goes nowhere else."""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import contextlib
import imaplib
import re
import socket
import ssl
from typing import Any

from imapclient import SocketTimeout
from imapclient.exceptions import LoginError

from clientinbox.edge.imap.errors import ServerRefused, printable, translated
from clientinbox.edge.imap.wire import WaryClient
from clientinbox.errors import LoginRefused, NetworkError, UsageError
from clientinbox.mail.account import Account, Auth, Security, Server

_TEMPORARY = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)
"""RFC 5530: the server would take this password another time."""


def connect(account: Account, password: str, *, connect_timeout: float, read_timeout: float) -> Any:
    """Return an IMAPClient that is logged in; whatever goes wrong, no socket stays open."""
    server = account.imap
    if server.exposed:
        raise UsageError(
            f"{server.host} would get the password in plain text.",
            todo='Use imap.server = "imaps://…", or imap.starttls = true.',
        )
    if any(char in server.login + password for char in "\r\n\0"):
        raise UsageError(f"The login or password of {account.name} holds a line break, which IMAP cannot carry.")
    context = None if server.security is Security.PLAIN else _tls(server)
    try:
        with translated(server):
            client = WaryClient(
                server.host,
                server.port,
                ssl=server.security is Security.TLS,
                ssl_context=context,
                timeout=SocketTimeout(connect=connect_timeout, read=read_timeout),
            )
    except ServerRefused as exc:  # a greeting of BYE ("too many connections") is not about us
        raise NetworkError(str(exc)) from exc
    # IMAPClient sets 5, which repr()s every literal for a log nobody reads: 122 instead of 42 µs a message.
    client._imap.debug = 0
    client.normalise_times = False
    try:
        if server.security is Security.STARTTLS:
            _start_tls(client, server, context)
        if client._imap.state == "NONAUTH":  # a server may greet with PREAUTH
            _log_in(client, account, password)
        _announce(client, server)
    except BaseException:
        hang_up(client)
        raise
    return client


def hang_up(client: Any) -> None:
    """Close the socket without a word; it may be dead already."""
    try:
        client.shutdown()
    except (OSError, imaplib.IMAP4.error):
        client.socket().close()


def cut(client: Any) -> None:
    """Wake whichever thread waits on the connection; it reads an end of file and closes the socket itself."""
    with contextlib.suppress(OSError):
        # Not sock.shutdown(): of a TLS socket that also takes away the session that the other thread reads from.
        socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)


def _tls(server: Server) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context()
        if server.ca_file:
            context.load_verify_locations(server.ca_file)
    except OSError as exc:  # ssl.SSLError too: no such file, or no certificate in it
        raise UsageError(
            f"{server.ca_file} cannot be used as a list of trusted authorities: {printable(exc.strerror or exc)}.",
            todo="imap.ca names a PEM file.",
        ) from exc
    return context


def _start_tls(client: Any, server: Server, context: ssl.SSLContext | None) -> None:
    if client._imap.state != "NONAUTH" or not client.has_capability("STARTTLS"):
        # PREAUTH before TLS, or STARTTLS taken from the list, is what an attacker in between would do.
        raise UsageError(
            f"{server.host}:{server.port} offers no STARTTLS, and without it the password would be readable.",
            todo='Try imap.server = "imaps://…".',
        )
    with translated(server):
        client.starttls(context)


def _log_in(client: Any, account: Account, password: str) -> None:
    server = account.imap
    with translated(server):
        capabilities = {capability.upper() for capability in client.capabilities()}
    auth = server.auth
    if auth is Auth.AUTO:
        login_works = b"LOGINDISABLED" not in capabilities and (server.login + password).isascii()
        auth = Auth.LOGIN if login_works or b"AUTH=PLAIN" not in capabilities else Auth.PLAIN
    if auth is Auth.LOGIN and not (server.login + password).isascii():
        raise UsageError(
            f"The login or password of {account.name} is not plain ASCII, which LOGIN cannot carry.",
            todo='Set imap.auth = "plain" if the server offers it.',
        )
    try:
        with translated(server):
            if auth is Auth.PLAIN:
                client.plain_login(server.login, password)
            else:
                client.login(server.login, password)
    except ServerRefused as exc:
        refusal = exc.__cause__
        # IMAPClient turns a connection lost during login into a LoginError too; only its context tells them apart.
        lost = isinstance(refusal, LoginError) and isinstance(refusal.__context__, imaplib.IMAP4.abort)
        words = printable(_words(refusal), secret=password)
        # "from None": the words of the cause are not cleaned of the password, should the server repeat it.
        if lost:
            raise NetworkError(f"{server.host} ended the connection during the login: {words}") from None
        if _TEMPORARY.search(words):
            raise NetworkError(f"{server.host} cannot take a login now: {words}") from None
        raise LoginRefused(
            f"{server.host} refused the login of {server.login}: {words}",
            todo="Check imap.login and the password; some providers want an app password.",
        ) from None


def _words(refusal: BaseException | None) -> object:
    return refusal.args[0] if refusal is not None and refusal.args else refusal


def _announce(client: Any, server: Server) -> None:
    """Say that we count changes, before the first SELECT: Dovecot gives HIGHESTMODSEQ of a fresh folder only then."""
    with translated(server):
        client._imap.is_readonly = True  # else imaplib takes a folder that is read-only for a lost connection
        capabilities = {capability.upper() for capability in client.capabilities()}
        wanted = [name for name in (b"QRESYNC", b"CONDSTORE") if name in capabilities]
        if b"ENABLE" in capabilities and wanted:
            client.enable(wanted[0].decode("ascii"))  # QRESYNC brings the other one with it
