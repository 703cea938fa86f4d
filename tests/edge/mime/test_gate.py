"""Whatever steers a terminal ends where mail walks in: no field of what the readers give lets it through."""

import base64
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mime.body import read_body
from clientinbox.edge.mime.envelope import read_envelope
from clientinbox.edge.mime.sanitise import sanitise, sanitise_line

STEERING = st.sampled_from(
    [
        "\x1b]0;owned\x07", "\x1b[2J", "\x1bP+q\x1b\\", "\x9b31m", "\x9d52;c;x\x9c", "\0", "\x7f", "\x08\x08", "\u202e", "\u2066",
        "\u200f", "\u061c", "[/]", "[@click=app.quit]x[/]", "[bold]", "\r", "\x85", "\u2028",
    ]
)  # fmt: skip
TEXTS = st.lists(STEERING | st.text(max_size=8), max_size=8).map("".join)


def word(text: str) -> str:
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_nothing_that_steers_a_terminal_comes_through(
    subject: str, name: str, filename: str, plain: str, html: str
) -> None:
    link = f"<a href='https://evil{subject.replace(chr(39), '')}.example/'>bank.example</a>"
    raw = (
        f"From: {word(name)} <jo@x.example>\r\nTo: {word(name)} <ana@y.example>\r\nSubject: {word(subject)}\r\n"
        f"Message-ID: <a{quote(name)}@x>\r\nAuthentication-Results: mx; {word(subject)}\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded(plain)}\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded(link + html)}\r\n"
        f"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''{quote(filename)}\r\n\r\nx\r\n"
        "--b--\r\n"
    ).encode()
    envelope = read_envelope(raw)
    people = (envelope.sender, *envelope.to)
    lines = [
        envelope.subject,
        envelope.message_id,
        *(part for person in people for part in (person.name, person.email)),
    ]
    for body in (read_body(raw), read_body(raw, bulk=True)):
        assert sanitise(body.text) == body.text
        lines += [attached.filename for attached in body.attachments] + list(body.defects)
    for line in (*lines, *envelope.authentication_results):
        assert sanitise_line(line) == line
        line.encode()


@given(TEXTS)
def test_markup_is_kept_as_it_was_written(text: str) -> None:
    body = read_body(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + f"x {text}[bold]x".encode())
    assert body.text.endswith("[bold]x")
    assert body.text.count("[") >= text.count("[")
