"""One `[accounts.NAME]` table as an `Account`: every value checked, unknown keys answered with the nearest known."""

import difflib
import re
import shlex
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from clientinbox.errors import UsageError
from clientinbox.mail.account import Account, Auth, PasswordSource, Scope, Security, Server

ACCOUNT_KEYS = (
    "email",
    "name",
    "imap",
    "smtp",
    "folders",
    "folder",
    "scope",
    "history",
    "read_only",
    "auth_hosts",
    "keywords",
)
SERVER_KEYS = ("server", "login", "password", "token", "starttls", "ca", "auth")
IMAP_KEYS = ("sasl_ir", "send_id")
PASSWORD_KEYS = ("command", "env", "raw")
TOKEN_KEYS = ("command",)
ROLES = ("inbox", "sent", "drafts", "archive", "junk", "trash", "all", "flagged")

_PORTS = {"imaps": 993, "imap": 143, "smtps": 465, "smtp": 587}
_HISTORY = re.compile(r"([1-9]\d{0,4})([dw])")
_KINDS = {str: "text", bool: "true or false", list: "a list", dict: "a table"}

Warn = Callable[[str], None]
E = TypeVar("E", Scope, Auth)


def unknown_keys(table: dict[str, Any], known: Collection[str], where: str, warn: Warn) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(known)}."
            warn(f'{where}: unknown key "{_plain(key)}"; {hint}')


def read_account(name: str, table: object, warn: Warn) -> Account:
    """UsageError says what is wrong with it."""
    where = f"accounts.{name}"
    if not isinstance(table, dict):
        raise UsageError(f"{where} is no table.")
    unknown_keys(table, ACCOUNT_KEYS, where, warn)
    email = _text(table, "email", where)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise UsageError(f'{where}.email is no address: "{email}".')
    if "imap" not in table:
        raise UsageError(f"{where} has no imap.server.")
    imap = _server(_table(table, "imap", where), "imap", f"{where}.imap", email, warn)
    smtp = None
    if "smtp" in table:
        # Most providers take the same login and password for both.
        smtp = _server(
            {"login": imap.login, **_table(table, "smtp", where)}, "smtp", f"{where}.smtp", email, warn, imap.password
        )
    aliases = _table(table, "folder", where)
    unknown_keys(aliases, ROLES, f"{where}.folder", warn)
    return Account(
        name=name,
        email=email.lower(),
        imap=imap,
        smtp=smtp,
        display_name=_text(table, "name", where, ""),
        folders=_texts(table, "folders", where),
        folder_aliases=tuple((role, _text(aliases, role, f"{where}.folder")) for role in ROLES if role in aliases),
        scope=_choice(Scope, _text(table, "scope", where, Scope.CLIENTS), f"{where}.scope"),
        history=history_of(_text(table, "history", where, "90d"), f"{where}.history"),
        read_only=_flag(table, "read_only", where),
        auth_hosts=_texts(table, "auth_hosts", where),
        keywords=_flag(table, "keywords", where),
    )


def history_of(text: str, where: str) -> timedelta | None:
    if text == "all":
        return None
    if not (match := _HISTORY.fullmatch(text)):
        raise UsageError(f'{where}: "{_plain(text)}" is neither a number of days ("90d") or weeks ("12w") nor "all".')
    return timedelta(days=int(match[1]) * (7 if match[2] == "w" else 1))


def server_of(
    url: str,
    kind: str,
    where: str,
    *,
    login: str,
    password: PasswordSource,
    starttls: bool = False,
    ca_file: str = "",
    auth: Auth = Auth.AUTO,
) -> Server:
    """Make a Server of "imaps://host:993"; UsageError for anything else, and for plain text across a network."""
    host, port, implicit_tls = _address(url, kind, where)
    if implicit_tls and starttls:
        raise UsageError(f"{where}.starttls goes with {kind}://, not with {kind}s://, which is TLS from the start.")
    security = Security.TLS if implicit_tls else Security.STARTTLS if starttls else Security.PLAIN
    server = Server(host, port, security, login, password, ca_file, auth)
    if server.exposed:
        raise UsageError(
            f"{where}: {host} would get the password in plain text.", todo=f"Use {kind}s://, or {kind}.starttls = true."
        )
    return server


def _address(url: str, kind: str, where: str) -> tuple[str, int, bool]:
    wanted = f'{where}.server should look like "{kind}s://host:{_PORTS[kind + "s"]}"'
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:  # a port that is no number, an IPv6 address without its brackets
        raise UsageError(f'{wanted}, not "{_plain(url)}".') from exc
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"{wanted}: the login belongs into {kind}.login, the password nowhere near it.")
    plain_host = bool(host) and host.isprintable() and not re.search(r"[\s\"'\\]", host)
    if parts.scheme not in {kind, f"{kind}s"} or not plain_host or parts.path.strip("/") or parts.query or port == 0:
        raise UsageError(f'{wanted}, not "{_plain(url)}".')
    return host, port or _PORTS[parts.scheme], parts.scheme == f"{kind}s"


def _server(
    table: dict[str, Any], kind: str, where: str, email: str, warn: Warn, fallback: PasswordSource | None = None
) -> Server:
    unknown_keys(table, SERVER_KEYS + (IMAP_KEYS if kind == "imap" else ()), where, warn)
    if "token" in table:
        password = _token(table, where, warn)
    elif "password" in table or fallback is None:
        password = _password(table.get("password"), f"{where}.password", warn)
    else:
        password = fallback
    server = server_of(
        _text(table, "server", where),
        kind,
        where,
        login=_text(table, "login", where, email),
        password=password,
        starttls=_flag(table, "starttls", where),
        ca_file=_file(_text(table, "ca", where, "")),
        auth=_choice(Auth, _text(table, "auth", where, Auth.AUTO), f"{where}.auth"),
    )
    if password.token and server.auth in {Auth.LOGIN, Auth.PLAIN}:
        raise UsageError(f'{where}: a token cannot be used with auth = "{server.auth}".', todo='Leave auth = "auto".')
    return replace(
        server,
        sasl_ir=_flag(table, "sasl_ir", where) if "sasl_ir" in table else None,
        send_id=_flag(table, "send_id", where),
    )


def _token(table: dict[str, Any], where: str, warn: Warn) -> PasswordSource:
    token = _table(table, "token", where)
    unknown_keys(token, TOKEN_KEYS, f"{where}.token", warn)
    if "password" in table:
        raise UsageError(f"{where} has both a password and a token.", todo="Keep one of them.")
    if "command" not in token:
        raise UsageError(f'It is not said where the token is: {where}.token.command = ["PROGRAM", "…"].')
    return PasswordSource(command=command_of(token["command"], f"{where}.token.command"), token=True)


def _password(table: object, where: str, warn: Warn) -> PasswordSource:
    how = f'{where}.command = ["pass", "show", "…"] or {where}.env = "VARIABLE"'
    if not isinstance(table, dict):
        raise UsageError(f"It is not said where the password is: {how}.")
    unknown_keys(table, PASSWORD_KEYS, where, warn)
    given = [key for key in PASSWORD_KEYS if key in table]
    if len(given) != 1:
        raise UsageError(f"{where} needs exactly one of command, env, raw: {how}.")
    if given == ["command"]:
        return PasswordSource(command=command_of(table["command"], f"{where}.command"))
    text = _text(table, given[0], where)
    return PasswordSource(env=text) if given == ["env"] else PasswordSource(raw=text)


def command_of(value: object, where: str) -> tuple[str, ...]:
    """An argv as it is, or a line cut as a shell would cut it; no shell ever runs it."""
    argv: object = value
    if isinstance(value, str):
        try:
            argv = shlex.split(value)
        except ValueError as exc:
            raise UsageError(f"{where}: a quote is left open.") from exc
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) and word for word in argv):
        raise UsageError(f'{where} is a command: "pass show x" or ["pass", "show", "x"].')
    return tuple(argv)


# ---- values of one kind


def _typed(table: dict[str, Any], key: str, where: str, kind: type) -> Any:
    value = table[key]
    if not isinstance(value, kind):
        raise UsageError(f"{where}.{key} should be {_KINDS[kind]}.")
    return value


def _text(table: dict[str, Any], key: str, where: str, default: str | None = None) -> str:
    if key not in table:
        if default is None:
            raise UsageError(f"{where} has no {key}.")
        return default
    text: str = _typed(table, key, where, str)
    if not text and default is None:
        raise UsageError(f"{where}.{key} is empty.")
    if not text.isprintable():
        raise UsageError(f"{where}.{key} holds a control character.")
    return text


def _texts(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = _typed(table, key, where, list) if key in table else []
    if not all(isinstance(value, str) and value.isprintable() for value in values):
        raise UsageError(f"{where}.{key} should be a list of names.")
    return tuple(values)


def _table(table: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    found: dict[str, Any] = _typed(table, key, where, dict) if key in table else {}
    return found


def _flag(table: dict[str, Any], key: str, where: str) -> bool:
    return bool(_typed(table, key, where, bool)) if key in table else False


def _file(text: str) -> str:
    return str(Path(text).expanduser()) if text else ""


def _choice(kind: type[E], text: str, where: str) -> E:
    try:
        return kind(text)
    except ValueError as exc:
        options = ", ".join(f'"{option}"' for option in kind)
        raise UsageError(f'{where}: "{_plain(text)}" is none of {options}.') from exc


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
