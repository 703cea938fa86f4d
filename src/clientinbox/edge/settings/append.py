"""Write one more account at the end of a config, and touch nothing that is there already."""

import os
import tempfile
import tomllib
from datetime import timedelta
from pathlib import Path

import tomlkit

from clientinbox.errors import ClientInboxError, UsageError
from clientinbox.mail.account import Account, Auth, PasswordSource, Security, Server


def append_account(path: Path, account: Account) -> None:
    """Append the account's block; the file changes whole or not at all. UsageError where it has such an account."""
    target = path.resolve()  # a config is often a link into a folder of dotfiles: write there, keep the link
    try:
        before = target.read_text(encoding="utf-8")
        mode = target.stat().st_mode & 0o777
    except FileNotFoundError:
        before, mode = "", 0o600
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"The config {path} cannot be read: {exc}.") from exc
    if "raw" in _password_keys(account):
        mode = 0o600
    block = account_block(account)
    after = f"{before.rstrip()}\n\n{block}" if before.strip() else block
    _check(path, before, after, account)
    _replace(target, after, mode)


def account_block(account: Account) -> str:
    """Render as TOML: only what differs from the defaults."""
    lines: list[tuple[tuple[str, ...], object]] = [(("email",), account.email)]
    if account.display_name:
        lines.append((("name",), account.display_name))
    lines += _server_lines("imap", account.imap, account.email, None)
    if account.smtp:
        lines += _server_lines("smtp", account.smtp, account.imap.login, account.imap.password)
    if account.folders:
        lines.append((("folders",), list(account.folders)))
    lines += [(("folder", role), name) for role, name in account.folder_aliases]
    lines.append((("scope",), str(account.scope)))
    if account.history != timedelta(days=90):
        lines.append((("history",), "all" if account.history is None else f"{account.history.days}d"))
    if account.read_only:
        lines.append((("read_only",), True))
    if account.auth_hosts:
        lines.append((("auth_hosts",), list(account.auth_hosts)))
    head = tomlkit.key(["accounts", account.name]).as_string()
    body = "".join(f"{_key(key)} = {tomlkit.item(value).as_string()}\n" for key, value in lines)
    return f"[{head}]\n{body}"


def _key(key: tuple[str, ...]) -> str:
    return tomlkit.key(list(key)).as_string()


def _server_lines(
    kind: str, server: Server, login: str, password: PasswordSource | None
) -> list[tuple[tuple[str, ...], object]]:
    scheme = f"{kind}s" if server.security is Security.TLS else kind
    host = f"[{server.host}]" if ":" in server.host else server.host
    lines: list[tuple[tuple[str, ...], object]] = [((kind, "server"), f"{scheme}://{host}:{server.port}")]
    if server.login != login:
        lines.append(((kind, "login"), server.login))
    if server.password != password:
        how, value = _source(server.password)
        lines.append(((kind, "token" if server.password.token else "password", how), value))
    if server.security is Security.STARTTLS:
        lines.append(((kind, "starttls"), True))
    if server.ca_file:
        lines.append(((kind, "ca"), server.ca_file))
    if server.auth is not Auth.AUTO:
        lines.append(((kind, "auth"), str(server.auth)))
    if server.sasl_ir is not None:
        lines.append(((kind, "sasl_ir"), server.sasl_ir))
    if server.send_id:
        lines.append(((kind, "send_id"), True))
    return lines


def _source(password: PasswordSource) -> tuple[str, object]:
    if password.command:
        return "command", list(password.command)
    return ("env", password.env) if password.env else ("raw", password.raw)


def _password_keys(account: Account) -> set[str]:
    return {_source(server.password)[0] for server in (account.imap, account.smtp) if server}


def _check(path: Path, before: str, after: str, account: Account) -> None:
    """Read back what would be written: it must be TOML, hold the account, and leave the rest as it was."""
    try:
        old = tomllib.loads(before)
    except tomllib.TOMLDecodeError:
        raise UsageError(f"The config {path} is not TOML; nothing was written.", todo="Put it right first.") from None
    if account.name in old.get("accounts", {}):
        raise UsageError(f"There is an account {account.name} in {path} already.", todo="Give another --name.")
    try:
        appended = tomllib.loads(after)
        appended["accounts"].pop(account.name)
        fits = {"accounts": {}, **appended} == {"accounts": {}, **old}
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        fits = False
    if not fits:
        raise UsageError(
            f"The accounts in {path} are written so that none can be added at its end; nothing was written.",
            todo="Write each one as [accounts.NAME].",
        )


def _replace(target: Path, text: str, mode: int) -> None:
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # made 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as exc:
        raise ClientInboxError(f"The config {target} cannot be written: {exc.strerror}.") from exc
