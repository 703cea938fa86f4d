"""A password is fetched from where it is kept, and shows up nowhere else."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clientinbox.edge.secrets import TokenCommand, password_for, secret_for
from clientinbox.errors import ExitCode, NetworkError, TokenRefused, UsageError
from clientinbox.mail.account import PasswordSource

SECRET = "hunter2-geheim"


def prints(code: str) -> PasswordSource:
    return PasswordSource(command=(sys.executable, "-c", code))


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (f"{SECRET}\nlogin: anna\n", SECRET),
        (f"{SECRET}\r\n", SECRET),
        (f"{SECRET}", SECRET),
        ("  spaces stay \n", "  spaces stay "),
        ("pä$$wörd; $(rm) `x`\n", "pä$$wörd; $(rm) `x`"),
    ],
    ids=["first line of many", "CR LF", "no line end", "spaces belong to it", "no shell reads it"],
)
def test_the_first_line_of_a_command_is_the_password(printed: str, expected: str) -> None:
    source = prints(f"import sys; sys.stdout.buffer.write({printed.encode()!r})")

    assert password_for(source, environ=os.environ) == expected


def test_arguments_reach_the_command_as_they_are() -> None:
    source = PasswordSource(command=(sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; echo x"))

    assert password_for(source, environ=os.environ) == "$HOME; echo x"


FAILURES: list[tuple[Callable[[], str], str]] = [
    (lambda: password_for(prints(f"print('{SECRET}'); raise SystemExit(7)"), environ=os.environ), "exit code 7"),
    (lambda: password_for(prints("print()"), environ=os.environ), "empty first line"),
    (
        lambda: password_for(
            prints(f"print('{SECRET}', flush=True); import time; time.sleep(60)"), environ=os.environ, patience=0.5
        ),
        "did not finish",
    ),
    (
        lambda: password_for(prints(rf"import sys; sys.stdout.buffer.write(b'{SECRET}\xff\n')"), environ=os.environ),
        "not UTF-8",
    ),
    (lambda: password_for(PasswordSource(command=("no-such-program",)), environ=os.environ), "no-such-program"),
    (lambda: password_for(PasswordSource(env="NO_SUCH_VARIABLE"), environ={}), "NO_SUCH_VARIABLE"),
    (lambda: password_for(PasswordSource(env="EMPTY"), environ={"EMPTY": ""}), "EMPTY"),
    (lambda: password_for(PasswordSource(raw=SECRET), environ={}), "--insecure"),
    (lambda: password_for(PasswordSource(), environ={}), "names no password"),
]


@pytest.mark.parametrize(("ask", "words"), FAILURES, ids=[words for _, words in FAILURES])
def test_a_failure_says_what_to_do_and_never_the_secret(ask: Callable[[], str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        ask()

    assert words in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE
    chain = "".join(traceback.format_exception_only(caught.value)) + repr(caught.value.__cause__)
    assert SECRET not in chain
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, OSError)


def test_plain_text_from_the_config_is_used_only_if_insisted_on() -> None:
    source = PasswordSource(raw=SECRET)

    assert password_for(source, environ={}, insecure=True) == SECRET
    assert SECRET not in repr(source)


def test_an_environment_variable_gives_the_password() -> None:
    assert password_for(PasswordSource(env="ACME"), environ={"ACME": SECRET}) == SECRET


# ---- tokens


@pytest.fixture
def tokens(tmp_path: Path) -> Callable[..., tuple[TokenCommand, list[float], Callable[[], int]]]:
    """A command that counts its runs and prints what it is told, a clock to set, and the number of runs so far."""

    def make(printed: Any, code: int = 0) -> tuple[TokenCommand, list[float], Callable[[], int]]:
        runs = tmp_path / "runs"
        runs.write_text("")
        text = printed if isinstance(printed, str) else json.dumps(printed)
        program = (
            "import sys; file = open(sys.argv[1], 'a+'); file.write('x'); file.seek(0); "
            "sys.stdout.write(sys.argv[2].replace('%N', str(len(file.read())))); sys.exit(int(sys.argv[3]))"
        )
        now = [1000.0]
        argv = (sys.executable, "-c", program, str(runs), text, str(code))
        return TokenCommand(argv, os.environ, clock=lambda: now[0]), now, lambda: len(runs.read_text())

    return make


def test_a_token_with_an_end_is_kept_until_shortly_before_it(tokens: Any) -> None:
    command, now, runs = tokens({"access_token": "ya29.%N", "expires_in": 3600, "token_type": "Bearer"})
    assert {command.token(), command.token()} == {"ya29.1"}
    now[0] += 3600 - 301
    assert command.token() == "ya29.1"
    now[0] += 2
    assert command.token() == "ya29.2"
    assert runs() == 2


def test_a_token_without_an_end_is_asked_for_each_time(tokens: Any) -> None:
    command, _, runs = tokens("ya29.%N\nsecond line\n")
    assert [command.token(), command.token()] == ["ya29.1", "ya29.2"]
    assert runs() == 2


def test_a_refused_token_is_renewed_once_for_all_who_held_it(tokens: Any) -> None:
    command, _, runs = tokens({"access_token": "ya29.%N", "expires_in": "3600"})
    held = command.token()
    assert [command.renewed(held), command.renewed(held), command.token()] == ["ya29.2"] * 3
    assert runs() == 2


@pytest.mark.parametrize(
    ("printed", "code", "kind", "words"),
    [
        ({"error": "invalid_grant", "error_description": "Token has been\nrevoked."}, 1, TokenRefused, "been revoked"),
        ({"error": "invalid_grant"}, 0, TokenRefused, "invalid_grant"),
        (SECRET, 1, NetworkError, "exit code 1"),
        ("", 0, UsageError, "empty first line"),
        ({"token": SECRET}, 0, UsageError, "no access token"),
        ({"access_token": [SECRET]}, 0, UsageError, "no access token"),
        (f"{{{SECRET}", 0, UsageError, ""),
    ],
)
def test_a_token_that_cannot_be_had_says_why_and_shows_nothing(
    tokens: Any, printed: Any, code: int, kind: type[Exception], words: str
) -> None:
    command, _, _ = tokens(printed, code)
    if words:
        with pytest.raises(kind, match=words) as caught:
            command.token()
        assert SECRET not in "".join(traceback.format_exception(caught.value))
    else:
        assert command.token() == printed  # no JSON at all is a token like another


def test_all_who_name_one_command_share_its_token() -> None:
    source = PasswordSource(command=("token", "acme"), token=True)
    assert secret_for(source, environ={}) is secret_for(source, environ={})
    assert secret_for(PasswordSource(env="A"), environ={"A": "x"}) == "x"
