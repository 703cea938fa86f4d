"""Handing a mail to a real SMTP server: verified TLS, logins, refusals named, connections cut."""

import shutil
import socket
import ssl
import subprocess
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clientinbox.edge.smtp import DeliveryUnknown, MailRefused, RecipientRefused, hand_over
from clientinbox.errors import LoginRefused, NetworkError, TokenRefused, UsageError
from clientinbox.mail.account import Auth, PasswordSource, Security, Server

FROM, HELEN, TOM = "ana@lantern.example", "helen@museum.example", "tom@museum.example"
RAW = b"Subject: x\r\n\r\nHello\r\n.\r\n..two dots\r\nbye\r\n"
PASSWORD = "pässwörd €"
Serve = Callable[..., Any]

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


def at(port: int, security: Security = Security.PLAIN, **changes: Any) -> Server:
    return replace(
        Server("127.0.0.1", port, security, FROM, PasswordSource(env="X")),
        **changes,
    )


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ssl.SSLContext]:
    """(CA file, context of a server at 127.0.0.1)."""
    folder = tmp_path_factory.mktemp("tls")
    pem, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=sink"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)]
    subprocess.run([*command.split(), *extra], check=True, capture_output=True, timeout=30)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    return str(pem), context


def test_a_mail_arrives_byte_for_byte_with_its_envelope(serve_smtp: Serve) -> None:
    sink = serve_smtp()
    delivery = hand_over(at(sink.port), "", FROM, (HELEN, TOM), RAW)
    assert (delivery.accepted, delivery.refused) == ((HELEN, TOM), ())
    assert sink.received == [((HELEN, TOM), RAW)]


@pytest.mark.parametrize("auth", [Auth.AUTO, Auth.LOGIN, Auth.PLAIN])
def test_over_tls_and_starttls_with_a_login_beyond_ascii(
    serve_smtp: Serve, certificate: tuple[str, ssl.SSLContext], auth: Auth
) -> None:
    ca, context = certificate
    over_tls = serve_smtp(tls=context, password=PASSWORD)
    upgraded = serve_smtp(starttls=context, password=PASSWORD)
    for sink, security in ((over_tls, Security.TLS), (upgraded, Security.STARTTLS)):
        hand_over(at(sink.port, security, ca_file=ca, auth=auth), PASSWORD, FROM, (HELEN,), RAW)
        assert sink.logins == [(FROM, PASSWORD)]
        assert len(sink.received) == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_nobody_vouches_for_is_refused_before_the_password_goes(
    serve_smtp: Serve, certificate: tuple[str, ssl.SSLContext], security: Security
) -> None:
    context = certificate[1]
    sink = serve_smtp(password=PASSWORD, **{"tls" if security is Security.TLS else "starttls": context})
    with pytest.raises(UsageError, match="cannot be trusted"):
        hand_over(at(sink.port, security), PASSWORD, FROM, (HELEN,), RAW)
    assert (sink.logins, sink.received) == ([], [])


def test_without_tls_nothing_goes_to_another_machine() -> None:
    with pytest.raises(UsageError, match="plain text"):
        hand_over(at(25, host="mail.museum.example"), PASSWORD, FROM, (HELEN,), RAW)


def test_starttls_that_is_not_offered_is_not_done_without(serve_smtp: Serve) -> None:
    sink = serve_smtp(password=PASSWORD)
    with pytest.raises(UsageError, match="no STARTTLS"):
        hand_over(at(sink.port, Security.STARTTLS), PASSWORD, FROM, (HELEN,), RAW)
    assert sink.logins == []


def test_a_wrong_password_is_not_worth_a_retry_and_not_shown(serve_smtp: Serve) -> None:
    sink = serve_smtp(password=PASSWORD)
    with pytest.raises(LoginRefused, match="refused the login") as caught:
        hand_over(at(sink.port), "wrong-geheim", FROM, (HELEN,), RAW)
    assert "wrong-geheim" not in str(caught.value)
    assert b64encode(b"wrong-geheim").decode() not in repr(caught.value.__cause__)


def test_who_is_refused_is_named_in_harmless_words_while_the_others_get_it(serve_smtp: Serve) -> None:
    sink = serve_smtp()
    sink.on_recipient = lambda who: "250 OK" if who == HELEN else "550 5.1.1 no \x1b[31msuch user"
    delivery = hand_over(at(sink.port), "", FROM, (HELEN, TOM), RAW)
    assert delivery.accepted == (HELEN,)
    assert [(each.recipient, each.words) for each in delivery.refused] == [(TOM, "5.1.1 no \ufffd[31msuch user")]
    assert sink.received == [((HELEN,), RAW)]


def test_a_mail_that_nobody_may_have_is_refused(serve_smtp: Serve) -> None:
    sink = serve_smtp()
    sink.on_recipient = lambda _: "550 no such user"
    with pytest.raises(RecipientRefused, match=f"{HELEN} .no such user"):
        hand_over(at(sink.port), "", FROM, (HELEN,), RAW)


def test_a_recipient_refused_for_now_keeps_everybody_waiting_so_that_nobody_gets_it_twice(serve_smtp: Serve) -> None:
    sink = serve_smtp()
    sink.on_recipient = lambda who: "250 OK" if who == HELEN else "451 greylisted"
    with pytest.raises(NetworkError, match="greylisted") as caught:
        hand_over(at(sink.port), "", FROM, (HELEN, TOM), RAW)
    assert not isinstance(caught.value, DeliveryUnknown)
    assert sink.received == []


@pytest.mark.parametrize(("reply", "error"), [("554 spam", MailRefused), ("452 full", NetworkError)])
def test_a_mail_refused_whole_is_told_apart_from_not_now(serve_smtp: Serve, reply: str, error: type[Exception]) -> None:
    sink = serve_smtp()
    sink.on_data = lambda _: reply
    with pytest.raises(error, match=reply[4:]) as caught:
        hand_over(at(sink.port), "", FROM, (HELEN,), RAW)
    assert not isinstance(caught.value, DeliveryUnknown)


def test_a_connection_cut_in_the_middle_of_the_mail_leaves_it_open_whether_it_arrived(serve_smtp: Serve) -> None:
    sink = serve_smtp()
    sink.cut_in_data = 1
    with pytest.raises(DeliveryUnknown):
        hand_over(at(sink.port), "", FROM, (HELEN,), RAW)
    assert sink.received == []


@pytest.mark.parametrize(
    "greeting", [b"", b"554 go away\r\n", b"421 busy\r\n", b"220 \xff\x1b\r\n500 ?\r\n500 ?\r\n", b"\0" * 100_000]
)
def test_a_server_that_lies_ends_in_one_of_our_errors(greeting: bytes, tmp_path: Path) -> None:  # noqa: ARG001
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        accepted, _ = listener.accept()
        with accepted:
            accepted.sendall(greeting)
            accepted.settimeout(2)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with pytest.raises((NetworkError, MailRefused)) as caught:
        hand_over(at(listener.getsockname()[1]), "", FROM, (HELEN,), RAW, timeout=5)
    thread.join(5)
    listener.close()
    assert str(caught.value).isprintable()
    assert not isinstance(caught.value, DeliveryUnknown)


def test_nobody_there_is_worth_a_retry() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NetworkError, match="Nothing answers"):
        hand_over(at(port), "", FROM, (HELEN,), RAW)


# ---- tokens


class Purse:
    """Fits `Tokens`."""

    def token(self) -> str:
        return "ya29.old"

    def renewed(self, refused: str) -> str:
        return refused.replace("old", "new")


def scripted(offered: str, *answers: list[str]) -> tuple[int, list[str], threading.Thread]:
    """A server that says these after EHLO, one list for each connection; what it heard, and when it has ended."""
    listening = socket.create_server(("127.0.0.1", 0))
    heard: list[str] = []

    def serve() -> None:
        with listening:
            for script in answers:
                connection, _ = listening.accept()
                connection.settimeout(10)
                with connection, connection.makefile("rb") as lines:
                    connection.sendall(b"220 ready\r\n")
                    for answer in [f"250-here\r\n250 AUTH {offered}", *script]:
                        heard.append(lines.readline().decode().rstrip("\r\n"))
                        connection.sendall(answer.encode() + b"\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    return listening.getsockname()[1], heard, thread


WHY = "334 " + b64encode(b'{"status":"400"}').decode()


@pytest.mark.parametrize(("mechanism", "answer"), [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")])
def test_a_token_that_ran_out_is_renewed_once_and_then_explained(mechanism: str, answer: str) -> None:
    refused = [WHY, "535 5.7.8 not accepted"]
    port, heard, thread = scripted(f"LOGIN PLAIN {mechanism}", refused, refused)
    with pytest.raises(TokenRefused, match=r"400.*not accepted.*Sign in again") as caught:
        hand_over(at(port), Purse(), FROM, (HELEN,), RAW)
    thread.join(15)

    assert "ya29" not in str(caught.value)
    assert [line for line in heard if line == answer] == [answer] * 2
    first, second = (b64decode(line.split()[2]).decode() for line in heard if line.startswith(f"AUTH {mechanism}"))
    assert ("ya29.old" in first, "ya29.new" in second) == (True, True)


def test_a_token_is_never_sent_as_a_password() -> None:
    port, heard, thread = scripted("LOGIN PLAIN", [])
    with pytest.raises(UsageError, match="none of the logins"):
        hand_over(at(port), Purse(), FROM, (HELEN,), RAW)
    thread.join(15)
    assert not any(line.startswith("AUTH") for line in heard)
