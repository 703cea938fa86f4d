"""SASL (RFC 4422) over IMAP: what the server offers, the words of each mechanism, and what a refusal means.

It is done on imaplib's connection, not with its `authenticate` and `login`: those know no initial response (RFC 4959),
do not quote the login, and turn a lost connection into a refusal.
"""

# ruff: noqa: SLF001 - IMAPClient offers no public way to the imaplib connection underneath.

import binascii
import imaplib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Collection
from typing import Any

from clientinbox.edge.imap.errors import printable, translated
from clientinbox.errors import LoginRefused, NetworkError, TokenRefused, UsageError
from clientinbox.mail.account import Account, Auth, Server

_TEMPORARY = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)
"""RFC 5530: the server would take this password another time."""
_BY_TOKEN = (Auth.XOAUTH2, Auth.OAUTHBEARER)
_MOST_CHALLENGES = 5


def log_in(client: Any, account: Account, secret: str, *, token: bool) -> None:
    """Raises NetworkError for a login that was not judged, TokenRefused or LoginRefused for one that was."""
    server = account.imap
    with translated(server):
        offered = {capability.upper() for capability in client.capabilities()}
    client._imap.untagged_responses.pop("CAPABILITY", None)  # the next list is the one that holds after the login
    auth = _chosen(account, offered, secret, token=token)
    said: list[str] = []
    words = ""
    try:
        with translated(server):
            if auth is Auth.LOGIN:
                status, words = _login(client._imap, server.login, secret)
            else:
                status, words = _authenticate(client._imap, server, auth, offered, secret, said)
    except NetworkError as exc:  # "from None": the cause may hold what was sent
        raise NetworkError(printable(exc.what, secrets=_forms(server, auth, secret)), todo=exc.todo) from None
    client._cached_capabilities = None  # they may be others now
    if status == "OK":
        client._imap.state = "AUTH"
        return
    shown = printable(" ".join((*said, words)), secrets=_forms(server, auth, secret))
    if _TEMPORARY.search(shown):
        raise NetworkError(f"{server.host} cannot take a login now: {shown}")
    if auth in _BY_TOKEN:
        raise TokenRefused(
            f"{server.host} refused the token for {server.login}: {shown}",
            todo="Sign in again with the program behind imap.token.command.",
        )
    hint = ", others a token (imap.token.command)" if _mechanisms(offered) & {"XOAUTH2", "OAUTHBEARER"} else ""
    raise LoginRefused(
        f"{server.host} refused the login of {server.login}: {shown}",
        todo=f"Check imap.login and the password; some providers want an app password{hint}.",
    )


def _mechanisms(offered: Collection[bytes]) -> set[str]:
    return {each[5:].decode("ascii", "replace") for each in offered if each.startswith(b"AUTH=")}


def _chosen(account: Account, offered: Collection[bytes], secret: str, *, token: bool) -> Auth:
    server, mechanisms = account.imap, _mechanisms(offered)
    plain_words = (server.login + secret).isascii()
    if server.auth is Auth.LOGIN and not plain_words:
        raise UsageError(
            f"The login or password of {account.name} is not plain ASCII, which LOGIN cannot carry.",
            todo='Set imap.auth = "plain" if the server offers it.',
        )
    if server.auth is not Auth.AUTO:
        return server.auth
    possible = _BY_TOKEN if token else (Auth.LOGIN, Auth.PLAIN)
    for auth in possible:
        works = auth.value.upper() in mechanisms
        if auth is Auth.LOGIN:
            works = b"LOGINDISABLED" not in offered and plain_words
        if works:
            return auth
    if not token and b"LOGINDISABLED" not in offered and not mechanisms:
        return Auth.PLAIN  # it lists none, and only PLAIN can carry these words
    there = ", ".join(sorted(mechanisms)) or "nothing"
    raise UsageError(
        f"{server.host} offers no login with a {'token' if token else 'password'}, but {printable(there)}.",
        todo="Use a password." if token else "Use imap.token.command, if it takes tokens; or imap.starttls = true.",
    )


def _login(imap: Any, login: str, password: str) -> tuple[str, str]:
    return _answered(imap, imap._command("LOGIN", _quoted(login), _quoted(password)))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _authenticate(
    imap: Any, server: Server, auth: Auth, offered: Collection[bytes], secret: str, said: list[str]
) -> tuple[str, str]:
    first = b64encode(_initial(server, auth, secret))
    at_once = server.sasl_ir if server.sasl_ir is not None else b"SASL-IR" in offered
    tag = imap._command("AUTHENTICATE", auth.value.upper(), *([first] if at_once else []))
    waiting = None if at_once else first
    for _ in range(_MOST_CHALLENGES):
        while imap._get_response() is not None:  # None: a challenge
            if imap.tagged_commands[tag]:
                return _answered(imap, tag)
            imap._check_bye()
        if waiting is not None:
            imap.send(waiting + b"\r\n")
            waiting = None
        else:
            said.append(_challenge(imap.continuation_response))
            # A token that is refused is explained in a challenge, which wants an answer before the NO comes: an empty
            # one, and of OAUTHBEARER a ^A (RFC 7628, 3.2.3).
            imap.send(b"AQ==\r\n" if auth is Auth.OAUTHBEARER else b"\r\n")
    raise imaplib.IMAP4.abort("a login without an end")


def _initial(server: Server, auth: Auth, secret: str) -> bytes:
    if auth is Auth.PLAIN:
        return f"\0{server.login}\0{secret}".encode()
    if auth is Auth.XOAUTH2:
        return f"user={server.login}\1auth=Bearer {secret}\1\1".encode()
    escaped = server.login.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={escaped},\1host={server.host}\1port={server.port}\1auth=Bearer {secret}\1\1".encode()


def _challenge(words: bytes) -> str:
    """What a person can read of it: of JSON the status, else the text."""
    try:
        text = b64decode(words, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return printable(words)
    try:
        told = json.loads(text)
    except ValueError:
        return printable(text)
    if not isinstance(told, dict):
        return printable(text)
    parts = (told.get(key) for key in ("status", "error", "error_description", "schemes", "scope"))
    return printable(", ".join(str(part) for part in parts if part)) + "."


def _answered(imap: Any, tag: Any) -> tuple[str, str]:
    status, words = imap._get_tagged_response(tag)
    return status, printable(words[-1] or b"")


def _forms(server: Server, auth: Auth, secret: str) -> tuple[str, ...]:
    """The secret in each form in which it went over the wire: a server may repeat what it was sent."""
    forms = [secret, secret.replace("\\", "\\\\").replace('"', '\\"'), b64encode(secret.encode()).decode()]
    if auth is not Auth.LOGIN:
        forms.append(b64encode(_initial(server, auth, secret)).decode())
    return tuple(sorted(forms, key=len, reverse=True))
