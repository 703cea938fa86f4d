"""Open a connection and log in: TLS that is verified, a password that goes nowhere else."""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import contextlib
import imaplib
import logging
import socket
import ssl
from typing import Any

from imapclient import SocketTimeout

from clientinbox import __version__
from clientinbox.edge.imap.errors import ServerRefused, printable, translated
from clientinbox.edge.imap.login import log_in
from clientinbox.edge.imap.wire import WaryClient
from clientinbox.errors import NetworkError, TokenRefused, UsageError
from clientinbox.mail.account import Account, Auth, Security, Server
from clientinbox.mail.ports import Secret

log = logging.getLogger(__name__)


def connect(account: Account, secret: Secret, *, connect_timeout: float, read_timeout: float) -> Any:
    """Return an IMAPClient that is logged in; whatever goes wrong, no socket stays open."""
    server = account.imap
    if server.exposed:
        raise UsageError(
            f"{server.host} would get the password in plain text.",
            todo='Use imap.server = "imaps://…", or imap.starttls = true.',
        )
    timeout = SocketTimeout(connect=connect_timeout, read=read_timeout)
    if isinstance(secret, str):
        return _connected(account, secret, timeout, token=server.auth in {Auth.XOAUTH2, Auth.OAUTHBEARER})
    token = secret.token()
    try:
        return _connected(account, token, timeout, token=True)
    except TokenRefused:
        # Once more with a fresh one, on a new connection: some servers end the one that was refused.
        return _connected(account, secret.renewed(token), timeout, token=True)


def _connected(account: Account, secret: str, timeout: SocketTimeout, *, token: bool) -> Any:
    server = account.imap
    if any(char in server.login + secret for char in "\r\n\0\1"):
        raise UsageError(f"The login or password of {account.name} holds a line break, which IMAP cannot carry.")
    context = None if server.security is Security.PLAIN else _tls(server)
    try:
        with translated(server):
            client = WaryClient(
                server.host, server.port, ssl=server.security is Security.TLS, ssl_context=context, timeout=timeout
            )
    except ServerRefused as exc:  # a greeting of BYE ("too many connections") is not about us
        raise NetworkError(str(exc)) from exc
    # IMAPClient sets 5, which repr()s every literal for a log nobody reads: 122 instead of 42 µs a message.
    client._imap.debug = 0
    client.normalise_times = False
    try:
        _keep_alive(client.socket())
        if server.security is Security.STARTTLS:
            _start_tls(client, server, context)
        if client._imap.state == "NONAUTH":  # a server may greet with PREAUTH
            log_in(client, account, secret, token=token)
        _announce(client, server)
    except BaseException:
        hang_up(client)
        raise
    return client


def _keep_alive(sock: socket.socket) -> None:
    """Ask a silent connection now and then whether it lives: routers forget those that nobody uses."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4)):
        if option := getattr(socket, name, None):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, option, seconds)


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
    client._imap.buffer()
    client._imap.untagged_responses.clear()  # what was said before may have been said by anybody


def _announce(client: Any, server: Server) -> None:
    """Say that we count changes, before the first SELECT: Dovecot gives HIGHESTMODSEQ of a fresh folder only then."""
    if server.send_id:
        with contextlib.suppress(ServerRefused), translated(server):
            client._raw_command(b"ID", [f'("name" "clientinbox" "version" "{__version__}")'.encode()], uid=False)
    with translated(server):
        client._imap.is_readonly = True  # else imaplib takes a folder that is read-only for a lost connection
        capabilities = {capability.upper() for capability in client.capabilities()}
        wanted = [name for name in (b"QRESYNC", b"CONDSTORE") if name in capabilities]
        if b"ENABLE" in capabilities and wanted:
            try:  # QRESYNC brings the other one with it
                client.enabled = frozenset(word.upper() for word in client.enable(wanted[0].decode("ascii")))
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as exc:
                log.info("%s does not enable %s: %s", server.host, wanted[0].decode("ascii"), printable(exc))
