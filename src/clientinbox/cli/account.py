"""`clientinbox account add|list|test`: asks only at a terminal, and writes only what was seen to work."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from clientinbox.errors import ClientInboxError, ExitCode, NetworkError, UsageError
from clientinbox.mail.account import Account, Scope, Security, Server

if TYPE_CHECKING:
    from clientinbox.desk.accounts import LoginTest, Settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("account", help="add, list or test a mail account")
    verbs = parser.add_subparsers(title="what to do", metavar="add|list|test", required=True)
    _register_add(verbs)
    listing = verbs.add_parser("list", help="the accounts of the config")
    listing.add_argument("--json", action="store_true", help="one JSON document")
    listing.set_defaults(run=run_list)
    test = verbs.add_parser("test", help="log in and list the folders")
    test.add_argument("name", nargs="?", metavar="NAME", help="one account; all without it")
    test.add_argument("--json", action="store_true", help="one JSON document")
    test.set_defaults(run=run_test)


def _register_add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = verbs.add_parser("add", help="test a login and append the account to the config")
    add.add_argument("email", nargs="?", metavar="EMAIL", help="the account's address")
    add.add_argument("--name", default="", help="what to call it here (first word of the domain)")
    add.add_argument("--display-name", default="", metavar="NAME", help="the name in From")
    add.add_argument("--imap-server", metavar="URL", help="imaps://HOST[:PORT], or imap:// with --starttls")
    add.add_argument("--smtp-server", default="", metavar="URL", help="smtps://HOST[:PORT], or smtp:// with --starttls")
    add.add_argument("--starttls", action="store_true", help="for imap:// and smtp:// addresses")
    add.add_argument("--login", default="", help="where it is not the address")
    secret = add.add_mutually_exclusive_group()
    secret.add_argument("--password-command", metavar="CMD", help="its first line of output is the password")
    secret.add_argument("--password-env", metavar="VAR", help="environment variable that holds the password")
    add.add_argument("--ca", default="", metavar="FILE", help="PEM file of an authority to trust as well")
    add.add_argument(
        "--scope", choices=[str(scope) for scope in Scope], default=str(Scope.CLIENTS), help="what mail is stored"
    )
    add.add_argument("--history", default="90d", metavar="90d|all", help="how far back to go")
    add.add_argument("--read-only", action="store_true", help="never change anything on the server")
    add.add_argument("--no-test", action="store_true", help="write it without trying the login")
    add.set_defaults(run=run_add)


def run_add(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.accounts import NewAccount, add_account

    email = arguments.email or _ask("E-mail address", "EMAIL")
    server = arguments.imap_server or _ask("IMAP server (imaps://host)", "--imap-server")
    if "://" not in server and not arguments.imap_server:
        server = f"imaps://{server}"
    command = arguments.password_command
    if not command and not arguments.password_env:
        command = _ask("Command that prints the password (pass show mail)", "--password-command")
    added = add_account(
        arguments.config,
        NewAccount(
            email=email,
            imap_server=server,
            name=arguments.name,
            display_name=arguments.display_name,
            login=arguments.login,
            password_command=command or "",
            password_env=arguments.password_env or "",
            ca_file=arguments.ca,
            smtp_server=arguments.smtp_server,
            starttls=arguments.starttls,
            scope=Scope(arguments.scope),
            history=arguments.history,
            read_only=arguments.read_only,
        ),
        insecure=arguments.insecure,
        test=not arguments.no_test,
    )
    print(_ok(added.test) if added.test else f"{added.account.name}: not tested")
    print(f"Added to {added.config}.")
    if added.needs_registry:
        print(
            "Only clients' mail is stored, and none is known yet: clientinbox registry import FILE, or --scope all.",
            file=sys.stderr,
        )
    return int(ExitCode.OK)


def run_list(arguments: argparse.Namespace) -> int:
    settings = _load(arguments)
    if arguments.json:
        entries = [_entry(account) for account in settings.accounts]
        entries += [{"name": broken.name, "ok": False, "problem": broken.problem} for broken in settings.broken]
        print(json.dumps(entries, ensure_ascii=False, indent=2))
        return int(ExitCode.OK)
    for account in settings.accounts:
        rights = ", read-only" if account.read_only else ""
        print(f"{account.name}  {account.email}  {_url(account.imap, 'imap')}  scope {account.scope}{rights}")
    if not settings.accounts and not settings.broken:
        print("No account yet: clientinbox account add", file=sys.stderr)
    return int(ExitCode.OK)


def run_test(arguments: argparse.Namespace) -> int:
    settings = _load(arguments)
    outcomes: list[dict[str, object]] = []
    failures: list[ClientInboxError] = []
    for account in _chosen(settings, arguments.name):
        try:
            test = _try(account, insecure=arguments.insecure)
        except ClientInboxError as exc:
            failures.append(exc)
            outcomes.append(
                {"account": account.name, "ok": False, "error": str(exc), "retry": isinstance(exc, NetworkError)}
            )
            print(f"{account.name}: {exc}", file=sys.stderr)
            continue
        folders = [{"name": folder.name, "role": folder.role or None} for folder in test.folders]
        outcomes.append({"account": account.name, "ok": True, "folders": folders})
        if not arguments.json:
            print(_ok(test))
    if arguments.json:
        print(json.dumps(outcomes, ensure_ascii=False, indent=2))
    codes = {exc.exit_code for exc in failures}
    # What a retry will not mend is the more useful answer.
    return int(
        next((code for code in (ExitCode.USAGE, ExitCode.ERROR, ExitCode.NETWORK) if code in codes), ExitCode.OK)
    )


def _load(arguments: argparse.Namespace) -> "Settings":
    from clientinbox.desk import accounts

    settings = accounts.load(arguments.config)
    for warning in settings.warnings:
        print(f"clientinbox: {warning}", file=sys.stderr)
    return settings


def _chosen(settings: "Settings", name: str | None) -> tuple[Account, ...]:
    if name is None:
        if not settings.accounts:
            raise UsageError("There is no account to test.", todo="clientinbox account add")
        return settings.accounts
    chosen = tuple(account for account in settings.accounts if account.name == name)
    if not chosen:
        known = ", ".join(account.name for account in settings.accounts) or "none"
        raise UsageError(f"There is no usable account {name}.", todo=f"Known: {known}.")
    return chosen


def _try(account: Account, *, insecure: bool) -> "LoginTest":
    from clientinbox.desk.accounts import try_login

    return try_login(account, insecure=insecure)


def _ok(test: "LoginTest") -> str:
    folders = ", ".join(folder.name + (f" ({folder.role})" if folder.role else "") for folder in test.folders)
    return f"{test.account}: OK; folders: {folders or 'none'}"


def _ask(question: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"{option} is missing, and there is no terminal to ask at.")
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if not answer:
        raise UsageError(f"Without {option} no account can be added; nothing was written.")
    return answer


def _url(server: Server, kind: str) -> str:
    scheme = f"{kind}s" if server.security is Security.TLS else kind
    return f"{scheme}://{server.host}:{server.port}"


def _entry(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "email": account.email,
        "imap": _url(account.imap, "imap"),
        "security": str(account.imap.security),
        "login": account.imap.login,
        "smtp": _url(account.smtp, "smtp") if account.smtp else None,
        "scope": str(account.scope),
        "history_days": account.history.days if account.history else None,
        "read_only": account.read_only,
        "ok": True,
    }
