"""Logging in by password and by token: what is chosen of what the server offers, and what its refusal says."""

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clientinbox.edge.imap import open_mailbox
from clientinbox.errors import ExitCode, LoginRefused, NetworkError, TokenRefused, UsageError
from clientinbox.mail.account import Account, Auth, PasswordSource, Security, Server
from clientinbox.mail.ports import Secret

Lie = Callable[..., Any]
LOGIN, SECRET = "ana@acme.example", 'ge"heim\\42'
OLD, NEW = "ya29.old", "ya29.new"
WHY = base64.b64encode(json.dumps({"status": "400", "schemes": "Bearer", "scope": "https://mail.example/"}).encode())


class Purse:
    """Fits `Tokens`."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)
        self.refused: list[str] = []

    def token(self) -> str:
        return self._tokens[0]

    def renewed(self, refused: str) -> str:
        self.refused.append(refused)
        return self._tokens.pop()


def offers(*words: str) -> bytes:
    return b"* CAPABILITY IMAP4rev1 " + " ".join(words).encode() + b"\r\n{tag} OK done\r\n"


def log_in(server: Any, secret: Secret = SECRET, **changes: Any) -> None:
    at = Server("127.0.0.1", server.port, Security.PLAIN, LOGIN, PasswordSource(env="X"))
    with open_mailbox(Account("acme", LOGIN, replace(at, **changes)), secret, timeout=5):
        pass
    server.close()


def xoauth2(token: str) -> str:
    return base64.b64encode(f"user={LOGIN}\1auth=Bearer {token}\1\1".encode()).decode()


CHOICES: list[tuple[tuple[str, ...], Secret, str]] = [
    ((), SECRET, "LOGIN"),
    (("AUTH=PLAIN", "AUTH=XOAUTH2"), SECRET, "LOGIN"),
    (("AUTH=PLAIN", "LOGINDISABLED"), SECRET, "AUTHENTICATE PLAIN"),
    (("AUTH=PLAIN",), "gehäim", "AUTHENTICATE PLAIN"),
    (("AUTH=PLAIN", "AUTH=XOAUTH2", "AUTH=OAUTHBEARER"), Purse(OLD), "AUTHENTICATE XOAUTH2"),
    (("AUTH=PLAIN", "AUTH=OAUTHBEARER"), Purse(OLD), "AUTHENTICATE OAUTHBEARER"),
]


@pytest.mark.parametrize(("offered", "secret", "chosen"), CHOICES)
def test_auto_takes_what_the_server_offers(lie: Lie, offered: tuple[str, ...], secret: Secret, chosen: str) -> None:
    server = lie(CAPABILITY=offers(*offered), AUTHENTICATE=b"+ \r\n")
    log_in(server, secret)
    (line,) = (line for line in server.heard if line.startswith(("LOGIN", "AUTH")))
    assert line.startswith(chosen)


@pytest.mark.parametrize(
    ("offered", "secret", "words"),
    [
        (("LOGINDISABLED",), SECRET, "no login with a password"),
        (("LOGINDISABLED", "AUTH=XOAUTH2"), SECRET, r"imap\.token\.command"),
        (("AUTH=PLAIN",), Purse(OLD), "no login with a token, but PLAIN"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_sent(
    lie: Lie, offered: tuple[str, ...], secret: Secret, words: str
) -> None:
    server = lie(CAPABILITY=offers(*offered))
    with pytest.raises(UsageError, match=words):
        log_in(server, secret)
    server.close()
    assert server.heard == ["CAPABILITY"]


def test_login_and_password_are_quoted(lie: Lie) -> None:
    server = lie()
    log_in(server, login='ana "x" smith')
    assert 'LOGIN "ana \\"x\\" smith" "ge\\"heim\\\\42"' in server.heard


@pytest.mark.parametrize("auth", [Auth.PLAIN, Auth.XOAUTH2, Auth.OAUTHBEARER])
@pytest.mark.parametrize(
    ("setting", "offered", "at_once"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_the_first_words_go_with_the_command_or_wait(
    lie: Lie,
    auth: Auth,
    setting: bool | None,  # noqa: FBT001 - a table
    offered: bool,  # noqa: FBT001
    at_once: bool,  # noqa: FBT001
) -> None:
    server = lie(
        CAPABILITY=offers(*(["SASL-IR"] if offered else [])), AUTHENTICATE=b"{tag} OK in\r\n" if at_once else b"+ \r\n"
    )
    log_in(server, OLD, auth=auth, sasl_ir=setting)
    said = [line for line in server.heard if line != "CAPABILITY"]
    first = (said[0].split()[2:] if at_once else [said[1]])[0]
    assert said[0].split()[:2] == ["AUTHENTICATE", auth.value.upper()]
    assert (
        base64.b64decode(first).decode()
        == {
            Auth.PLAIN: f"\0{LOGIN}\0{OLD}",
            Auth.XOAUTH2: f"user={LOGIN}\1auth=Bearer {OLD}\1\1",
            Auth.OAUTHBEARER: f"n,a={LOGIN},\1host=127.0.0.1\1port={server.port}\1auth=Bearer {OLD}\1\1",
        }[auth]
    )


# ---- tokens


@pytest.mark.parametrize(("auth", "answer"), [(Auth.XOAUTH2, ""), (Auth.OAUTHBEARER, "AQ==")])
def test_a_refused_token_is_explained_and_not_shown(
    lie: Lie, auth: Auth, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    no = (
        b"{tag} NO AUTHENTICATE failed for "
        + OLD.encode()
        + b" "
        + (OLD if answer else xoauth2(OLD)).encode()
        + b"\r\n"
    )
    script = {"AUTHENTICATE": b"+ " + WHY + b"\r\n", answer: no}
    server = lie(CAPABILITY=offers("SASL-IR", "AUTH=XOAUTH2", "AUTH=OAUTHBEARER"), **script)
    with pytest.raises(TokenRefused) as caught:
        log_in(server, OLD, auth=auth)
    server.close()

    assert server.heard[-1] == answer
    words = str(caught.value)
    assert "400, Bearer, https://mail.example/. AUTHENTICATE failed for ••• •••" in words
    assert "Sign in again" in words
    assert caught.value.exit_code is ExitCode.USAGE
    assert isinstance(caught.value, LoginRefused)
    assert caught.value.__cause__ is None
    assert OLD not in words + caplog.text
    assert xoauth2(OLD) not in caplog.text


def test_a_token_that_ran_out_is_renewed_once_on_a_new_connection(lie: Lie) -> None:
    script = {"AUTHENTICATE": [b"+ " + WHY + b"\r\n", b"{tag} OK in\r\n"], "": b"{tag} NO failed\r\n"}
    server = lie(CAPABILITY=offers("SASL-IR", "AUTH=XOAUTH2"), connections=2, **script)
    purse = Purse(OLD, NEW)
    log_in(server, purse)

    assert purse.refused == [OLD]
    assert [line.split()[-1] for line in server.heard if line.startswith("AUTH")] == [xoauth2(OLD), xoauth2(NEW)]


def test_a_renewed_token_that_is_refused_too_is_the_end(lie: Lie) -> None:
    script = {"AUTHENTICATE": [b"+ " + WHY + b"\r\n"] * 2, "": b"{tag} NO failed\r\n"}
    purse = Purse(OLD, NEW)
    with pytest.raises(TokenRefused):
        log_in(lie(CAPABILITY=offers("SASL-IR", "AUTH=XOAUTH2"), connections=2, **script), purse)
    assert purse.refused == [OLD]


@pytest.mark.parametrize(
    "answer", [None, b"* BYE later\r\n", b"{tag} NO [UNAVAILABLE] later\r\n"], ids=["hangs up", "BYE", "UNAVAILABLE"]
)
def test_a_token_that_was_not_judged_is_kept(lie: Lie, answer: bytes | None) -> None:
    purse = Purse(OLD, NEW)
    with pytest.raises(NetworkError) as caught:
        log_in(lie(CAPABILITY=offers("SASL-IR", "AUTH=XOAUTH2"), AUTHENTICATE=answer), purse)
    assert purse.refused == []
    assert OLD not in str(caught.value)


def test_a_server_that_never_stops_asking_is_given_up(lie: Lie) -> None:
    with pytest.raises(NetworkError):
        log_in(lie(CAPABILITY=offers("AUTH=XOAUTH2"), AUTHENTICATE=b"+ x\r\n" * 99), OLD, auth=Auth.XOAUTH2)


# ---- after the login


def test_what_the_server_can_do_is_what_it_says_after_the_login(lie: Lie) -> None:
    before = offers("IDLE", "CONDSTORE", "ENABLE", "AUTH=PLAIN")
    server = lie(CAPABILITY=before, LOGIN=b"{tag} OK [CAPABILITY IMAP4rev1 NAMESPACE] in\r\n")
    log_in(server)
    assert not any(line.startswith("ENABLE") for line in server.heard)
    server = lie(CAPABILITY=[offers("AUTH=PLAIN"), offers("CONDSTORE", "ENABLE", "QRESYNC")])
    log_in(server)
    assert "ENABLE QRESYNC" in server.heard


@pytest.mark.parametrize("answer", [b"* ID NIL\r\n{tag} OK\r\n", b"{tag} BAD what?\r\n"])
def test_a_server_that_wants_to_know_who_we_are_is_told(lie: Lie, answer: bytes) -> None:
    server = lie(ID=answer)
    log_in(server, send_id=True)
    assert any(line.startswith('ID ("name" "clientinbox"') for line in server.heard)
    server = lie()
    log_in(server)
    assert not any(line.startswith("ID") for line in server.heard)
