"""Everything the configuration says, for one run: accounts that work, those that do not and why, where things lie."""

from collections.abc import Mapping
from dataclasses import dataclass

from clientinbox.edge.settings.account_table import read_account, unknown_keys
from clientinbox.edge.settings.files import overlay_environment, read_files
from clientinbox.edge.settings.paths import Paths, find_paths, is_explicit
from clientinbox.errors import UsageError
from clientinbox.mail.account import Account

SECTIONS = ("accounts", "keys", "ui", "rule", "view", "hooks")


@dataclass(frozen=True, slots=True)
class BrokenAccount:
    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Settings:
    accounts: tuple[Account, ...]
    paths: Paths
    warnings: tuple[str, ...] = ()
    """For a person, one sentence each; the broken accounts are among them."""
    broken: tuple[BrokenAccount, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Of the accounts, passwords left out: two processes that have the same would do the same."""
        import hashlib  # 5 ms of OpenSSL, which a first frame does not need

        return hashlib.sha256(repr(self.accounts).encode()).hexdigest()[:16]


def load_settings(config_arg: str | None, environ: Mapping[str, str], *, may_be_missing: bool = False) -> Settings:
    """Read `-c`, else CLIENTINBOX_CONFIG, else the XDG default (which need not exist); `a:b` merges two files.

    `may_be_missing` is for whoever is about to write it.
    UsageError for a file that is missing, is not TOML, or holds a password that others can read.
    """
    paths = find_paths(config_arg, environ)
    table = read_files(paths.config_files, must_exist=is_explicit(config_arg, environ) and not may_be_missing)
    overlay_environment(table, environ)
    warnings: list[str] = []
    unknown_keys(table, SECTIONS, "config", warnings.append)
    accounts: list[Account] = []
    broken: list[BrokenAccount] = []
    tables = table.get("accounts", {})
    if not isinstance(tables, dict):
        raise UsageError("accounts in the config is no table.", todo="An account begins with [accounts.NAME].")
    for name, content in tables.items():
        try:
            accounts.append(read_account(name, content, warnings.append))
        except UsageError as exc:
            broken.append(BrokenAccount(name, str(exc)))
            warnings.append(f"Account {name} is left out: {exc}")
    return Settings(tuple(accounts), paths, tuple(warnings), tuple(broken))
