"""A password is fetched from where it is kept, and shows up nowhere else."""

import os
import sys
import traceback
from collections.abc import Callable

import pytest

from clientinbox.edge.secrets import password_for
from clientinbox.errors import ExitCode, UsageError
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
