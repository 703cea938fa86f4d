"""Mail accounts as their owner handles them: which there are, does the login work, add one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from clientinbox.edge.mime.sanitise import sanitise_line
from clientinbox.edge.secrets import secret_for
from clientinbox.edge.settings import (
    Settings,
    command_of,
    history_of,
    load_settings,
    server_of,
)
from clientinbox.edge.settings.append import append_account
from clientinbox.errors import ClientInboxError, UsageError
from clientinbox.mail.account import Account, PasswordSource, Scope, Server
from clientinbox.mail.ports import Folder

__all__ = ["Added", "LoginTest", "NewAccount", "Settings", "account_of", "add_account", "load", "try_login"]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What somebody said about an account that is to be added."""

    email: str
    imap_server: str
    name: str = ""
    """Empty: the first word of the address' domain."""
    display_name: str = ""
    login: str = ""
    """Empty: the address."""
    password_command: str = ""
    password_env: str = ""
    ca_file: str = ""
    smtp_server: str = ""
    starttls: bool = False
    scope: Scope = Scope.CLIENTS
    history: str = "90d"
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class LoginTest:
    account: str
    folders: tuple[Folder, ...]
    """Names are safe to print."""


@dataclass(frozen=True, slots=True)
class Added:
    account: Account
    config: str
    test: LoginTest | None
    needs_registry: bool
    """Only mail with clients is stored, and no client is known yet."""


def load(config: str | None, environ: Mapping[str, str] = os.environ, *, may_be_missing: bool = False) -> Settings:
    return load_settings(config, environ, may_be_missing=may_be_missing)


def try_login(account: Account, *, environ: Mapping[str, str] = os.environ, insecure: bool = False) -> LoginTest:
    """Log in and list the folders. UsageError or LoginRefused (not worth a retry), NetworkError (worth one)."""
    from clientinbox.edge.imap import open_mailbox  # IMAPClient costs a `list` that needs no server 60 ms

    secret = secret_for(account.imap.password, environ=environ, insecure=insecure)
    with open_mailbox(account, secret) as mailbox:
        return LoginTest(
            account.name, tuple(Folder(sanitise_line(folder.name), folder.role) for folder in mailbox.folders())
        )


def add_account(
    config: str | None,
    wanted: NewAccount,
    *,
    environ: Mapping[str, str] = os.environ,
    insecure: bool = False,
    test: bool = True,
) -> Added:
    """Test the login, then append the account to the config; where the test fails, nothing is written."""
    settings = load(config, environ, may_be_missing=True)
    account = account_of(wanted)
    if account.name in {known.name for known in settings.accounts + settings.broken}:
        raise UsageError(f"There is an account {account.name} already.", todo="Give this one another --name.")
    tested = try_login(account, environ=environ, insecure=insecure) if test else None
    file = settings.paths.config_files[-1]
    append_account(file, account)
    return Added(account, str(file), tested, account.scope is Scope.CLIENTS and not _knows_clients(settings))


def account_of(wanted: NewAccount) -> Account:
    """UsageError names what does not fit."""
    local, _, domain = wanted.email.partition("@")
    if not local or not domain or not wanted.email.isprintable() or " " in wanted.email:
        raise UsageError(f'"{sanitise_line(wanted.email)}" is no e-mail address.')
    name = wanted.name or domain.partition(".")[0]
    login = wanted.login or wanted.email
    if not all(text.isprintable() for text in (name, login, wanted.display_name)):
        raise UsageError("Name and login may not hold control characters.")
    imap = _server(wanted, wanted.imap_server, "imap", login)
    return Account(
        name=name,
        email=wanted.email.lower(),
        imap=imap,
        smtp=_server(wanted, wanted.smtp_server, "smtp", login) if wanted.smtp_server else None,
        display_name=wanted.display_name,
        scope=wanted.scope,
        history=history_of(wanted.history, "history"),
        read_only=wanted.read_only,
    )


def _server(wanted: NewAccount, url: str, kind: str, login: str) -> Server:
    return server_of(
        url,
        kind,
        kind,
        login=login,
        password=_password(wanted),
        starttls=wanted.starttls and not url.startswith(f"{kind}s:"),
        ca_file=os.path.abspath(os.path.expanduser(wanted.ca_file)) if wanted.ca_file else "",  # noqa: PTH100, PTH111
    )


def _password(wanted: NewAccount) -> PasswordSource:
    if bool(wanted.password_command) == bool(wanted.password_env):
        raise UsageError(
            "Say where the password is, in one way.",
            todo='--password-command "pass show …" or --password-env VARIABLE.',
        )
    if wanted.password_env:
        return PasswordSource(env=wanted.password_env)
    return PasswordSource(command=command_of(wanted.password_command, "--password-command"))


def _knows_clients(settings: Settings) -> bool:
    if not settings.paths.database.exists():
        return False
    from clientinbox.edge.store import connect
    from clientinbox.edge.store.registry import load_registry

    try:
        connection = connect(settings.paths.database)
    except ClientInboxError:
        return True  # the account is added all the same, and whoever opens the store next says what ails it
    try:
        return bool(load_registry(connection).clients)
    finally:
        connection.close()
