"""Config files and the environment, read into one nested table: a later file wins over an earlier one, the environment
over both.
"""

import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clientinbox.errors import UsageError

Table = dict[str, Any]

_PREFIX = "CLIENTINBOX_"
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_files(files: tuple[Path, ...], *, must_exist: bool) -> Table:
    merged: Table = {}
    for file in files:
        table = _read(file, must_exist=must_exist)
        _refuse_readable_secrets(file, table)
        _merge(merged, table)
    return merged


def _read(file: Path, *, must_exist: bool) -> Table:
    try:
        content = file.read_bytes()
    except FileNotFoundError as exc:
        if not must_exist:
            return {}
        raise UsageError(f"There is no config {file}.", todo="`clientinbox account add` makes one.") from exc
    except OSError as exc:
        raise UsageError(f"The config {file} cannot be read: {exc.strerror}.") from exc
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as exc:
        line, column = _place(content[: exc.start].decode("utf-8"))
        raise UsageError(f"{file}, line {line}, column {column}: not UTF-8.") from exc
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        problem = str(exc)
        at = _POSITION.search(problem)
        line, column = (int(at[1]), int(at[2])) if at and at[1] else _place(text)
        words = problem[: at.start()] if at else problem
        # "from None": newer Pythons keep the whole document in the exception, and it may hold a password.
        raise UsageError(f"{file}, line {line}, column {column}: {words}.") from None


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _refuse_readable_secrets(file: Path, table: Table) -> None:
    if any(_raw_passwords(table)) and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise UsageError(
            f"{file} holds a password and others can read or write it.",
            todo=f"chmod 600 {file}, or better: password.command.",
        )


def _raw_passwords(table: Table) -> Iterator[object]:
    accounts = table.get("accounts")
    for account in accounts.values() if isinstance(accounts, dict) else ():
        for kind in ("imap", "smtp"):
            server = account.get(kind) if isinstance(account, dict) else None
            password = server.get("password") if isinstance(server, dict) else None
            if isinstance(password, str):
                yield password  # imap.password = "…": a mistake, but a secret all the same
            elif isinstance(password, dict) and "raw" in password:
                yield password["raw"]


def _merge(into: Table, table: Table) -> None:
    for key, value in table.items():
        known = into.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        else:
            into[key] = value


def overlay_environment(table: Table, environ: Mapping[str, str]) -> None:
    """Put CLIENTINBOX_SECTION__KEY=value over what the files say."""
    for variable in sorted(environ):
        path = variable.removeprefix(_PREFIX).split("__")
        if variable.startswith(_PREFIX) and len(path) > 1 and all(path):
            _set(table, path, _value(environ[variable]))


def _set(table: Table, path: list[str], value: object) -> None:
    for step in path[:-1]:
        key = _spelling(table, step)
        below = table.get(key)
        if not isinstance(below, dict):
            below = table[key] = {}
        table = below
    table[_spelling(table, path[-1])] = value


def _spelling(table: Table, step: str) -> str:
    """Environment variables are upper case and know no "-"; the files decide how a name is spelled."""
    wanted = step.lower()
    return next((key for key in table if key.lower().replace("-", "_") == wanted), wanted)


def _value(text: str) -> object:
    """Lists, tables and truth values as in TOML; everything else is text, as "90d" and a numeric login are."""
    if text in {"true", "false"} or text[:1] in {"[", "{"}:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text
