"""What a config says, what is wrong with it in words that help, and what `account add` leaves untouched."""

import os
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientinbox.edge.settings import load_settings
from clientinbox.edge.settings.append import append_account
from clientinbox.errors import UsageError
from clientinbox.mail.account import Account, Auth, PasswordSource, Scope, Security, Server

ACME = """
[accounts.acme]
email = "Ana@acme.example"
imap.server = "imaps://mail.acme.example"
imap.password.command = ["pass", "show", "acme"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def load(config: Path, text: str, **environ: str) -> tuple[tuple[Account, ...], tuple[str, ...]]:
    config.write_text(text, encoding="utf-8")
    config.chmod(0o600)
    found = load_settings(str(config), {"HOME": "/home/ana", **environ})
    return found.accounts, found.warnings


def test_a_whole_account_block_is_understood(config: Path) -> None:
    accounts, warnings = load(
        config,
        """
        [accounts.acme]
        email = "ana@acme.example"
        name = "Ana Ferreira"
        imap.server = "imap://[::1]:1143"
        imap.starttls = true
        imap.login = "ana"
        imap.auth = "plain"
        imap.ca = "~/ca.pem"
        imap.password.command = "pass show 'my acme'"
        smtp.server = "smtps://out.acme.example:4650"
        folders = ["INBOX", "Sent"]
        folder.sent = "[Gmail]/Sent Mail"
        scope = "all"
        history = "all"
        read_only = true
        """,
    )

    password = PasswordSource(command=("pass", "show", "my acme"))
    ca = str(Path("~/ca.pem").expanduser())
    assert warnings == ()
    assert accounts == (
        Account(
            name="acme",
            email="ana@acme.example",
            imap=Server("::1", 1143, Security.STARTTLS, "ana", password, ca, Auth.PLAIN),
            smtp=Server("out.acme.example", 4650, Security.TLS, "ana", password),
            display_name="Ana Ferreira",
            folders=("INBOX", "Sent"),
            folder_aliases=(("sent", "[Gmail]/Sent Mail"),),
            scope=Scope.ALL,
            history=None,
            read_only=True,
        ),
    )


def test_a_token_serves_both_servers_and_goes_with_no_password(config: Path) -> None:
    block = ACME.replace('imap.password.command = ["pass", "show", "acme"]', 'imap.token.command = "oauth2 acme"')
    (account,), warnings = load(
        config, block + 'imap.auth = "xoauth2"\nimap.sasl_ir = false\nimap.send_id = true\nsmtp.server = "smtps://x"\n'
    )
    token = PasswordSource(command=("oauth2", "acme"), token=True)

    assert warnings == ()
    assert (account.imap.password, account.imap.auth) == (token, Auth.XOAUTH2)
    assert (account.imap.sasl_ir, account.imap.send_id) == (False, True)
    assert account.smtp is not None
    assert (account.smtp.password, account.smtp.auth) == (token, Auth.AUTO)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('imap.token.command = "oauth2 acme"\nimap.auth = "plain"', "cannot be used"),
        ('imap.token.env = "A"', "where the token is"),
    ],
)
def test_a_token_that_cannot_work_is_said_so(config: Path, lines: str, words: str) -> None:
    accounts, warnings = load(config, ACME.rpartition("imap.password")[0] + lines)

    assert accounts == ()
    assert words in warnings[-1]


def test_the_least_block_gets_private_and_careful_defaults(config: Path) -> None:
    (account,), _ = load(config, ACME)

    assert account.imap == Server(
        "mail.acme.example", 993, Security.TLS, "Ana@acme.example", PasswordSource(command=("pass", "show", "acme"))
    )
    assert (account.scope, account.history, account.smtp) == (Scope.CLIENTS, timedelta(days=90), None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('imap.server = "imap://mail.acme.example"', "plain text"),
        ('imap.server = "https://mail.acme.example"', "imaps://host"),
        ('imap.server = "imaps://ana:pw@mail.acme.example"', "imap.login"),
        ('imap.server = "imaps://mail.acme.example:99999"', "imaps://host"),
        ('imap.server = "imaps://"', "imaps://host"),
        ('imap.server = "imaps://::1"', "imaps://host"),
        ("imap.server = 5", "should be text"),
        ('imap.auth = "kerberos"', '"auto", "login", "plain"'),
        ("imap.starttls = true", "starttls"),
        ('imap.login = "a\\u0000b"', "control character"),
        ('imap.password = "geheim"', "where the password is"),
        ('imap.password = {env = "A", raw = "geheim"}', "exactly one"),
        ('imap.password.command = "pass \'show"', "quote"),
        ('imap.token.command = "oauth2 acme"', "both a password and a token"),
        ("imap.token = {}", "both a password and a token"),
        ('imap.sasl_ir = "yes"', "true or false"),
        ("imap.password.command = []", "is a command"),
        ('history = "soon"', '"90d"'),
        ('scope = "some"', '"clients", "all"'),
        ('read_only = "yes"', "true or false"),
        ('folders = "INBOX"', "a list"),
        ('email = "nobody"', "no address"),
    ],
)
def test_a_broken_account_is_left_out_with_the_reason_and_the_others_work(config: Path, line: str, words: str) -> None:
    key = line.partition(" =")[0]
    kept = "".join(row + "\n" for row in ACME.splitlines() if not row.startswith(key) or not row.startswith(key + " "))
    if key.startswith("imap.password"):
        kept = "".join(row + "\n" for row in ACME.splitlines() if not row.startswith("imap.password"))
    broken = kept.replace("accounts.acme", "accounts.broken") + line + "\n"

    accounts, warnings = load(config, broken + ACME)

    assert [account.name for account in accounts] == ["acme"]
    assert len(warnings) == 1
    assert "broken" in warnings[0]
    assert words in warnings[0]
    assert "geheim" not in warnings[0]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_plain_text_to_this_machine_is_allowed(config: Path, host: str) -> None:
    (account,), warnings = load(config, ACME.replace("imaps://mail.acme.example", f"imap://{host}:1143"))

    assert account.imap.security is Security.PLAIN
    assert warnings == ()


@pytest.mark.parametrize("host", ["127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[fe80::1]"])
def test_plain_text_to_what_only_looks_like_this_machine_is_refused(config: Path, host: str) -> None:
    accounts, warnings = load(config, ACME.replace("imaps://mail.acme.example", f"imap://{host}:1143"))

    assert accounts == ()
    assert "plain text" in warnings[0]


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ('fodlers = ["INBOX"]', "folders"),
        ('imap.sever = "x"', "server"),
        ('folder.snet = "x"', "sent"),
        ('imap.password.comand = "x"', "command"),
        ("[accouts.x]", "accounts"),
    ],
)
def test_a_typo_is_answered_with_the_key_that_was_meant(config: Path, typo: str, meant: str) -> None:
    accounts, warnings = load(config, ACME + typo + "\n")

    assert len(accounts) == 1
    assert any(f'did you mean "{meant}"?' in warning for warning in warnings)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'[accounts.acme]\nemail = "a@b.example\n', "line 2, column"),
        (b"[accounts.acme]\nemail =", "line 2, column 8"),
        (b'a = 1\nb = "\xff"\n', "line 2, column 6"),
        (b'[accounts.a]\nx = """', "line 2, column 8"),
    ],
    ids=["open quote", "end of file", "not UTF-8", "open at the end"],
)
def test_broken_toml_names_file_line_and_column(config: Path, content: bytes, place: str) -> None:
    config.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        load_settings(str(config), {})

    assert str(config) in str(caught.value)
    assert place in str(caught.value)


def test_a_later_file_wins_key_by_key_and_the_environment_over_both(config: Path, tmp_path: Path) -> None:
    config.write_text(ACME)
    second = tmp_path / "second.toml"
    second.write_text('[accounts.acme]\nread_only = true\nimap.login = "second"\n')

    found = load_settings(
        f"{config}:{second}",
        {
            "CLIENTINBOX_ACCOUNTS__ACME__IMAP__LOGIN": "42",
            "CLIENTINBOX_ACCOUNTS__ACME__HISTORY": "2w",
            "CLIENTINBOX_ACCOUNTS__ACME__FOLDERS": '["INBOX"]',
            "CLIENTINBOX_REQUIRE_DOVECOT": "1",
        },
    )

    (account,) = found.accounts
    assert found.warnings == ()
    assert account.read_only
    assert account.imap.host == "mail.acme.example"
    assert account.imap.login == "42"
    assert account.history == timedelta(days=14)
    assert account.folders == ("INBOX",)


def test_the_flag_wins_over_the_variable_and_that_over_the_default(tmp_path: Path) -> None:
    names = ("flag", "variable", "default/clientinbox/config")
    files = [tmp_path / f"{name}.toml" for name in names]
    files[2].parent.mkdir(parents=True)
    for file in files:
        file.write_text(ACME.replace("acme", file.stem))
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "default")}

    def names_of(flag: str | None, environ: dict[str, str]) -> list[str]:
        return [account.name for account in load_settings(flag, environ).accounts]

    assert names_of(None, environ) == ["config"]
    environ["CLIENTINBOX_CONFIG"] = str(files[1])
    assert names_of(None, environ) == ["variable"]
    assert names_of(str(files[0]), environ) == ["flag"]


def test_no_config_is_a_fresh_start_but_a_named_one_must_exist(tmp_path: Path) -> None:
    assert load_settings(None, {"XDG_CONFIG_HOME": str(tmp_path)}).accounts == ()
    with pytest.raises(UsageError, match=r"no config .*missing\.toml"):
        load_settings(str(tmp_path / "missing.toml"), {})
    with pytest.raises(UsageError, match="no config"):
        load_settings(None, {"CLIENTINBOX_CONFIG": str(tmp_path / "missing.toml")})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_password_that_others_can_read_stops_everything(config: Path, mode: int) -> None:
    config.write_text(ACME.replace('command = ["pass", "show", "acme"]', 'raw = "geheim"'))
    config.chmod(mode)

    with pytest.raises(UsageError, match="chmod 600") as caught:
        load_settings(str(config), {})
    assert "geheim" not in str(caught.value)

    config.chmod(0o600)
    (account,) = load_settings(str(config), {}).accounts
    assert account.imap.password == PasswordSource(raw="geheim")


def test_everything_of_ours_lies_where_the_given_environment_says(tmp_path: Path) -> None:
    kinds = ("CONFIG", "DATA", "STATE", "CACHE")
    environ = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in kinds} | {"XDG_RUNTIME_DIR": str(tmp_path / "RUN")}

    paths = load_settings(None, environ).paths

    assert paths.config_files == (tmp_path / "CONFIG/clientinbox/config.toml",)
    assert paths.database == tmp_path / "DATA/clientinbox/clientinbox.db"
    assert paths.raw_dir == tmp_path / "DATA/clientinbox/raw"
    assert paths.log_file == tmp_path / "STATE/clientinbox/log"
    assert paths.cache_dir == tmp_path / "CACHE/clientinbox"
    assert paths.runtime_dir == tmp_path / "RUN/clientinbox"


def test_a_relative_xdg_path_is_ignored() -> None:
    paths = load_settings(None, {"XDG_DATA_HOME": "data", "HOME": "/home/ana"}).paths

    assert paths.database == Path("/home/ana/.local/share/clientinbox/clientinbox.db")


# ---- writing

words = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12).filter(str.isprintable)
servers = st.builds(
    Server,
    host=st.sampled_from(["mail.acme.example", "::1", "127.0.0.1"]),
    port=st.integers(1, 65535),
    security=st.sampled_from([Security.TLS, Security.STARTTLS]),
    login=words,
    password=st.one_of(
        st.builds(PasswordSource, command=st.lists(words, min_size=1, max_size=3).map(tuple)),
        st.builds(PasswordSource, env=words),
        st.builds(PasswordSource, raw=words),
        st.builds(PasswordSource, command=st.just(("oauth2", "acme")), token=st.just(True)),  # noqa: FBT003
    ),
    ca_file=st.sampled_from(["", "/etc/ca.pem"]),
    auth=st.sampled_from([Auth.AUTO, Auth.XOAUTH2]),
    sasl_ir=st.sampled_from([None, True, False]),
    send_id=st.booleans(),
)
accounts_ = st.builds(
    Account,
    name=words,
    email=st.just("ana@acme.example"),
    imap=servers,
    smtp=st.none() | servers.map(lambda server: replace(server, sasl_ir=None, send_id=False)),
    display_name=st.just("") | words,
    folders=st.lists(words, max_size=2).map(tuple),
    folder_aliases=st.sampled_from([(), (("sent", "[Gmail]/Sent Mail"), ("junk", "Spåm"))]),
    scope=st.sampled_from(Scope),
    history=st.none() | st.integers(1, 9999).map(lambda days: timedelta(days=days)),
    read_only=st.booleans(),
)


@given(account=accounts_)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_what_is_appended_is_read_back_as_it_was(tmp_path: Path, account: Account) -> None:
    config = tmp_path / "config.toml"
    config.write_text("# mine\n[ui]\ntheme = 'dark'  # at night\n")
    config.chmod(0o600)

    append_account(config, account)

    found = load_settings(str(config), {})
    assert found.accounts == (account,)
    assert found.warnings == ()
    assert config.read_text().startswith("# mine\n[ui]\ntheme = 'dark'  # at night\n")


def acme() -> Account:
    password = PasswordSource(env="ACME_PASSWORD")
    return Account("acme", "a@acme.example", Server("acme.example", 993, Security.TLS, "a@acme.example", password))


def test_a_new_config_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    config = tmp_path / "fresh/clientinbox/config.toml"

    append_account(config, acme())

    assert config.stat().st_mode & 0o777 == 0o600
    assert config.parent.stat().st_mode & 0o777 == 0o700
    assert os.listdir(config.parent) == ["config.toml"]  # noqa: PTH208 - nothing else was left behind


def test_a_linked_config_stays_a_link_and_keeps_its_mode(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("# dotfiles\n")
    real.chmod(0o644)
    link = tmp_path / "config.toml"
    link.symlink_to(real)

    append_account(link, acme())

    assert link.is_symlink()
    assert tomllib.loads(real.read_text())["accounts"].keys() == {"acme"}
    assert real.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("[accounts.acme]\n", "already"),
        ("accounts = {}\n", "at its end"),
        ("[accounts\n", "not TOML"),
        ("[[accounts]]\nx = 1\n", "at its end"),
    ],
    ids=["same name", "inline table", "broken", "array of tables"],
)
def test_a_config_that_cannot_take_the_account_stays_as_it_was(tmp_path: Path, before: str, words: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(before)

    with pytest.raises(UsageError, match=words):
        append_account(config, acme())

    assert config.read_text() == before
    assert os.listdir(tmp_path) == ["config.toml"]  # noqa: PTH208


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.write_text("# precious\n")

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Exception, match="No space left"):
        append_account(config, replace(acme(), name="b"))

    assert config.read_text() == "# precious\n"
    assert os.listdir(tmp_path) == ["config.toml"]  # noqa: PTH208
