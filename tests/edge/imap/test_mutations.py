"""A healthy session, spoilt in hundreds of places: what comes out is right, or said to be wrong, and never hangs.

The server and its connection are one object in this process, so that a session takes a millisecond and a silence is
known at once: where the reader wants more than was said, the time is over.
"""

# ruff: noqa: S311 - these numbers need to be the same each time, not secret

import io
import random
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clientinbox.edge.imap import ServerRefused, open_mailbox
from clientinbox.errors import LoginRefused, NetworkError, UsageError
from clientinbox.mail.account import Account, PasswordSource, Security, Server
from clientinbox.mail.ports import FolderState

MESSAGES: dict[int, bytes] = {
    3: b"Subject: three\r\nMessage-ID: <3@x>\r\n\r\nHello {5}\r\n",
    4: b"Subject: four\r\n\r\n)\r\n* 9 FETCH (UID 4 BODY[] {3}\r\nxxx)\r\n",
    7: b"Subject: =?utf-8?q?=C3=BC?=\r\n\r\n" + b'\xff\x00 "quoted" (NIL) \\\r\n' * 40,
    8: b"\r\n",
    9: b"Subject: nine\r\n\r\nno line end",
    12: b"Subject: twelve\r\n\r\nA1 OK done\r\n",
}
FLAGS = {3: ("\\Seen",), 4: (), 7: ("\\Seen", "$Client"), 8: ("\\Flagged",), 9: (), 12: ("\\Answered",)}
DATE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STATE = FolderState(7, 13, 6, 55)
STRUCTURE = (
    b'(("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 5 1)("IMAGE" "PNG" NIL "<a@b>" NIL "BASE64" 9) "MIXED")'
)
Mutation = Callable[[bytes, random.Random], bytes]


class Honest:
    """What a healthy server answers to one command, without its tagged end."""

    def answer(self, words: list[str]) -> bytes:
        verb = words[1] if words[0] == "UID" else words[0]
        return bytes(getattr(self, f"say_{verb.lower()}", lambda _: b"")(words))

    def say_capability(self, _words: list[str]) -> bytes:
        return b"* CAPABILITY IMAP4rev1 ENABLE QRESYNC CONDSTORE ESEARCH IDLE UIDPLUS MOVE\r\n"

    def say_enable(self, _words: list[str]) -> bytes:
        return b"* ENABLED QRESYNC\r\n"

    def say_list(self, _words: list[str]) -> bytes:
        return (
            b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\Sent) "/" "Sent \\"x\\""\r\n* LIST () "/" {3}\r\nA b\r\n'
        )

    def say_status(self, _words: list[str]) -> bytes:
        return b"* STATUS INBOX (MESSAGES 6 UIDNEXT 13 UIDVALIDITY 7 HIGHESTMODSEQ 55)\r\n"

    def say_examine(self, words: list[str]) -> bytes:
        told = (
            b"* VANISHED (EARLIER) 1:2,5\r\n* 2 FETCH (UID 4 FLAGS () MODSEQ (54))\r\n" if "(QRESYNC" in words else b""
        )
        return (
            b"* FLAGS (\\Answered \\Seen)\r\n* OK [PERMANENTFLAGS ()] none\r\n* 6 EXISTS\r\n* 0 RECENT\r\n"
            b"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 13] ok\r\n* OK [HIGHESTMODSEQ 55] ok\r\n" + told
        )

    def say_search(self, _words: list[str]) -> bytes:
        return b'* ESEARCH (TAG "x") UID ALL 3:4,7:9,12\r\n'

    def say_fetch(self, words: list[str]) -> bytes:
        wanted: list[int] = []
        for part in words[2].split(","):
            first, _, last = part.partition(":")
            wanted += range(int(first), int(last or first) + 1)
        what = " ".join(words[3:])
        return b"".join(self._message(uid, what) for uid in MESSAGES if uid in wanted)

    def _message(self, uid: int, what: str) -> bytes:
        raw = MESSAGES[uid]
        items = b"UID %d" % uid
        if "FLAGS" in what:
            items += b" FLAGS (" + " ".join(FLAGS[uid]).encode() + b")"
        if "INTERNALDATE" in what:
            items += b' INTERNALDATE " 2-Mar-2026 12:00:00 +0000" RFC822.SIZE %d' % len(raw)
        if "BODYSTRUCTURE" in what:
            items += b" BODYSTRUCTURE " + STRUCTURE
        if match := re.search(r"BODY\.PEEK(\[[A-Z]*\])(?:<(\d+)\.(\d+)>)?", what):
            text = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in match[1] else raw
            start, name = 0, match[1].encode()
            if match[2]:
                start = int(match[2])
                text, name = text[start : start + int(match[3])], name + b"<%d>" % start
            items += b" BODY" + name + b" {%d}\r\n" % len(text) + text
        return b"* %d FETCH (%s)\r\n" % (list(MESSAGES).index(uid) + 1, items)


class Wire(socket.socket):
    """A connection to `Honest`, whose answer number `at` comes out spoilt; in packets of so many octets."""

    def __init__(self, at: int = -1, spoil: Mutation = lambda said, _: said, seed: int = 0, packet: int = 4096) -> None:
        super().__init__()
        self._at, self._spoil, self._random, self._packet = at, spoil, random.Random(seed), packet
        self._server = Honest()
        self._half = b""
        self.answers: list[bytes] = []
        self.coming = bytearray()
        self.cut = False
        self._say(b"* OK ready\r\n")

    def sendall(self, data: Any, _flags: int = 0) -> None:
        if self.cut:
            raise BrokenPipeError
        *lines, self._half = (self._half + bytes(data)).split(b"\r\n")
        for line in lines:
            tag, *words = line.decode().split()
            self._say(self._server.answer(words) + tag.encode() + b" OK done\r\n")

    def _say(self, said: bytes) -> None:
        self.answers.append(said)
        if len(self.answers) == self._at + 1:
            said = self._spoil(said, self._random)
        before, cut, _ = said.partition(CUT)
        if not self.cut:
            self.coming += before
        self.cut |= bool(cut)

    def makefile(self, *_args: Any, **_named: Any) -> Any:
        return io.BufferedReader(_Raw(self, self._packet), buffer_size=max(self._packet, 1))


class _Raw(io.RawIOBase):
    def __init__(self, wire: Wire, packet: int) -> None:
        self._wire, self._packet = wire, packet

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        coming = self._wire.coming
        if not coming and not self._wire.cut:
            raise TimeoutError
        size = min(len(coming), len(buffer), self._packet)
        buffer[:size] = coming[:size]
        del coming[:size]
        return size


# ---- what goes wrong

CUT = b"\0<cut>\0"
NOISE = (
    b"* OK [ALERT] Your mailbox is \x1b[31mfull\r\n",
    b"* 5 EXISTS\r\n* 1 RECENT\r\n",
    b"* 99999999999999999999999 EXISTS\r\n",
    b"* CAPABILITY IMAP4rev1\r\n",
    b"* LIST () NIL NIL\r\n",
    b"* 2 FETCH (FLAGS (\\Seen))\r\n",
    b"* 2 FETCH (BODY[] {3}\r\nxxx)\r\n",
    b"* 3 FETCH (UID 99 FLAGS (\\Deleted) BODY[] {5}\r\nwrong BODY[HEADER] {5}\r\nwrong)\r\n",
    b"* 3 FETCH (UID 7 BODY[] {5}\r\nwrong BODY[HEADER] {5}\r\nwrong)\r\n",
    b"* 3 FETCH (UID -7 BODY[] {5}\r\nwrong)\r\n",
    b"* 3 FETCH (UID 0 BODY[] NIL)\r\n",
    b"* 3 FETCH (UID 4 BODY[] NIL BODY[HEADER] NIL FLAGS NIL INTERNALDATE NIL RFC822.SIZE NIL BODYSTRUCTURE NIL)\r\n",
    b"* 3 FETCH NIL\r\n",
    b"* 3 FETCH ((((((\r\n",
    b"* 3 FETCH (UID 4 ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))\r\n",
    b"* VANISHED 77\r\n* 9 EXPUNGE\r\n",
    b"* SEARCH\r\n",
    b"* X-STRANGE {4}\r\nabcd tail\r\n",
    b"* BYE {3}\r\nbye\r\n",
    b"* BYE\r\n",
    b"* NO\r\n* BAD\r\n* OK\r\n",
    b"*\r\n",
    b"\r\n",
    b"+ go on\r\n",
    b"X1 OK not yours\r\n",
    b"* 3 FETCH (UID 4 BODY[] {99999999999999999}\r\n",
    b"* 3 FETCH (UID 4 BODY[] {600000000}\r\nxx",
    b"x" * 1_000_100 + b"\r\n",
    b"* 3 FETCH " + b"(" * 900_000 + b"\r\n",
)


def _literals(said: bytes) -> Iterator[re.Match[bytes]]:
    """The announcements of literals; what looks like one within a text is none."""
    at = 0
    while match := re.compile(rb"[^\r]*?\{(\d+)\}\r\n|[^\r]*\r\n").match(said, at):
        at = match.end()
        if match[1]:
            yield match
            at += int(match[1])


def _lines(said: bytes) -> list[tuple[int, int]]:
    """Where the responses of an answer begin and end; literals belong to their response."""
    texts = {match.end(): match.end() + int(match[1]) for match in _literals(said)}
    spans, start, at = [], 0, 0
    while at < len(said):
        end = said.index(b"\r\n", at) + 2
        at = texts.get(end, end)
        if end not in texts:
            spans.append((start, at))
            start = at
    return spans


def cut(said: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(said) + 1)
    return said[:at] + CUT + said[at:]


def bye(said: bytes, chance: random.Random) -> bytes:
    at = chance.choice(_lines(said))[0]
    return said[:at] + b"* BYE going down\r\n" + CUT


def noise(said: bytes, chance: random.Random) -> bytes:
    at = chance.choice(_lines(said))[0]
    return said[:at] + chance.choice(NOISE) + said[at:]


def twice(said: bytes, chance: random.Random) -> bytes:
    start, end = chance.choice(_lines(said))
    return said[:end] + said[start:end] + said[end:]


def shuffled(said: bytes, chance: random.Random) -> bytes:
    *untagged, tagged = (said[start:end] for start, end in _lines(said))
    return b"".join((*chance.sample(untagged, len(untagged)), tagged))


def literal_of_another_size(said: bytes, chance: random.Random) -> bytes:
    sizes = list(_literals(said))
    if not sizes:
        return said
    match = chance.choice(sizes)
    size = int(match[1]) + chance.choice((-9, -2, -1, 1, 2, 3, 50, 10**6, 10**18))
    return said[: match.start(1)] + b"%d" % size + said[match.end(1) :]


def protocol_byte(said: bytes, chance: random.Random) -> bytes:
    """One octet of the protocol itself is lost, doubled or another one: neither of a text nor of a value."""
    heads = ((start, said.index(b"\r\n", start) + 2) for start, _ in _lines(said))
    marks = [
        start + at for start, end in heads for at, octet in enumerate(said[start:end]) if octet in b'*()[]"{}\r\n '
    ]
    at = chance.choice(marks)
    return said[:at] + chance.choice((b"", said[at : at + 1] * 2, b"?")) + said[at + 1 :]


def nil(said: bytes, chance: random.Random) -> bytes:
    values = list(re.finditer(rb'(?:FLAGS|INTERNALDATE|RFC822\.SIZE|BODYSTRUCTURE) (\([^()]*\)|"[^"]*"|\d+)', said))
    if not values:
        return said
    match = chance.choice(values)
    return said[: match.start(1)] + chance.choice((b"NIL", b"-1", b"9" * 30, b"()", b'""')) + said[match.end(1) :]


def refused(said: bytes, chance: random.Random) -> bytes:
    tagged = _lines(said)[-1][0]
    word = chance.choice((b"NO [SERVERBUG]", b"BAD", b"NO"))
    return said[:tagged] + re.sub(rb" OK", b" " + word, said[tagged:]) if b" OK" in said[tagged:] else said


def silence(said: bytes, chance: random.Random) -> bytes:
    return said[: chance.randrange(len(said))]


MUTATIONS: tuple[Mutation, ...] = (
    cut, bye, noise, twice, shuffled, literal_of_another_size, protocol_byte, nil, refused, silence,
)  # fmt: skip
SESSIONS = 600


# ---- what must come of it


@dataclass
class Seen:
    """What one session saw; a step that was refused or cut off has left nothing."""

    said: list[str] = field(default_factory=list)
    steps: dict[str, Any] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)


def session(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Seen:
    seen = Seen()
    monkeypatch.setattr(socket, "create_connection", lambda *_args, **_named: wire)
    server = Server("127.0.0.1", 143, Security.PLAIN, "ana", PasswordSource(env="X"))
    try:
        with open_mailbox(Account("acme", "ana@acme.example", server), "geheim") as mailbox:
            steps: dict[str, Callable[[], Any]] = {
                "folders": mailbox.folders,
                "status": lambda: mailbox.status(("INBOX",)),
                "changes": lambda: mailbox.changes("INBOX", replace(STATE, highestmodseq=50), (1, 3, 4, 5)),
                "select": lambda: mailbox.select("INBOX"),
                "uids": mailbox.uids,
                "headers": lambda: list(mailbox.fetch_headers(tuple(MESSAGES))),
                "messages": lambda: list(mailbox.fetch_messages(tuple(MESSAGES))),
                "flags": lambda: mailbox.flags(tuple(MESSAGES)),
                "structures": lambda: dict(mailbox.structures(tuple(MESSAGES))),
                "stream": lambda: b"".join(mailbox.stream(4)),
            }
            for name, step in steps.items():
                try:
                    seen.steps[name] = step()
                    seen.refused.update(mailbox.refused())
                except ServerRefused as exc:
                    seen.said.append(str(exc))
    except (NetworkError, ServerRefused, LoginRefused, UsageError) as exc:
        seen.said.append(str(exc))
    assert all(said.isprintable() for said in seen.said)
    assert not any("geheim" in said for said in seen.said)
    return seen


def check(seen: Seen, mutation: Mutation) -> None:
    steps = seen.steps
    for message in steps.get("messages", ()):
        assert message.raw == MESSAGES[message.uid]
    for header in steps.get("headers", ()):
        assert header.header == MESSAGES[header.uid].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        assert header.size in {len(MESSAGES[header.uid]), 0}
        assert header.internaldate in {DATE, None}
        if mutation is not protocol_byte:  # a space lost between two flags makes another flag
            assert header.flags in {FLAGS[header.uid], ()}
    for name in ("messages", "headers"):
        if name in steps:  # nobody is lost in silence
            assert {found.uid for found in steps[name]} | seen.refused == set(MESSAGES)
    assert steps.get("uids", tuple(MESSAGES)) == tuple(MESSAGES)
    if "changes" in steps and steps["changes"].vanished is not None:
        assert set(steps["changes"].vanished) <= {1, 5}
    assert steps.get("stream", MESSAGES[4]) in {MESSAGES[4], b""}
    state = steps.get("select", STATE)
    assert (state.uidvalidity, state.uidnext in {13, None}) == (7, True)
    assert set(steps.get("status", {}).values()) <= {
        STATE,
        replace(STATE, highestmodseq=None),
        replace(STATE, uidnext=None),
    }


@pytest.mark.parametrize("packet", [4096, 1], ids=["whole", "octet by octet"])
def test_a_healthy_session_says_all(monkeypatch: pytest.MonkeyPatch, packet: int) -> None:
    seen = session(Wire(packet=packet), monkeypatch)

    check(seen, cut)
    assert seen.said == []
    assert len(seen.steps) == 10
    assert len(seen.steps["messages"]) == len(seen.steps["headers"]) == len(MESSAGES)
    assert seen.steps["changes"].vanished == (1, 5)
    assert [folder.name for folder in seen.steps["folders"]] == ["INBOX", 'Sent "x"', "A b"]


def spoilt() -> Iterator[tuple[int, int, Mutation]]:
    """(answer, seed, mutation): each kind at each answer, in turn."""
    for number in range(SESSIONS):
        yield number % 16, number, MUTATIONS[number // 16 % len(MUTATIONS)]


def test_whatever_is_spoilt_the_result_is_right_or_said_to_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    unharmed = 0
    for at, seed, mutation in spoilt():
        wire = Wire(at, mutation, seed)
        try:
            seen = session(wire, monkeypatch)
            check(seen, mutation)
        except Exception as exc:
            exc.add_note(f"{mutation.__name__} of answer {at}, seed {seed}: {wire.answers[at : at + 1]!r}")
            raise
        unharmed += not seen.said
    assert 0 < unharmed < SESSIONS
