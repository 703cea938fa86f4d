"""`clientinbox classify`, as a script meets it: JSON Lines through a real process."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

import pytest

from clientinbox.desk.verdicts import in_body, settled
from clientinbox.mail.zones import own_words, zones_of
from clientinbox.triage.classifier import OwnWords
from clientinbox.triage.cues import find_cues
from clientinbox.triage.labels import Classification, Evidence, Label, Tension

COMMAND = [sys.executable, "-m", "clientinbox", "classify"]
HEAT = "I am very disappointed with the quality of the work. It is full of mistakes that you should have caught."
WISH = "Could you also add a second language to the contact form?"


LONG = 300


def classify(lines: bytes) -> list[dict[str, Any]]:
    done = subprocess.run(COMMAND, input=lines, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


def lines_of(*messages: object) -> bytes:
    return "\n".join(json.dumps(message) for message in messages).encode()


@pytest.fixture
def running() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        yield process
        process.kill()


def piped(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def test_each_message_is_answered_in_order_with_the_whole_contract() -> None:
    answers = classify(
        lines_of(
            {"id": "one", "subject": "Poor work", "body": HEAT},
            {"id": 2, "subject": "Form", "body": f"Hi,\n\nAll well here.\n\n{WISH}\n"},
            {"id": "three", "subject": "Call", "body": "Would Tuesday at 10 work for a call?"},
        )
    )
    assert [answer["id"] for answer in answers] == ["one", 2, "three"]
    assert [answer["labels"] for answer in answers] == [["complaint"], ["scope_change"], []]
    assert [answer["tension"]["level"] for answer in answers] == [2, 0, 0]
    for answer in answers:
        assert set(answer) == {"id", "labels", "probabilities", "unsure", "tension", "evidence"}
        assert set(answer["probabilities"]) == {"progress", "complaint", "scope_change"}
        assert sum(answer["tension"]["probabilities"]) == pytest.approx(1, abs=0.001)
    assert answers[1]["evidence"] == [{"label": "scope_change", "text": WISH, "start": 21, "end": 21 + len(WISH)}]


def test_bad_lines_are_answered_in_one_sentence_each_and_the_rest_goes_on() -> None:
    good = lines_of({"id": "last", "subject": "Form", "body": WISH})
    bad = [
        b"{broken",
        b"[1, 2]",
        b'{"subject": "x", "body": "y"}',
        b'{"id": true, "body": "y"}',
        b'{"id": "a", "subject": "x"}',
        b'{"id": "b", "body": 7}',
        b'{"id": "c", "subject": [], "body": "x"}',
        b'{"id": "d", "body": "\xff"}',
        b"[" * 100_000,
    ]
    answers = classify(b"\n".join([bad[0], b"", b"  ", *bad[1:], good]))
    assert answers[-1]["labels"] == ["scope_change"]
    assert answers[:-1] == [
        {"id": None, "error": "Line 1 is not valid JSON."},
        {"id": None, "error": "Line 4 is not a JSON object."},
        {"id": None, "error": 'Line 5 has no "id".'},
        {"id": None, "error": 'The "id" of line 6 is neither a string nor a whole number.'},
        {"id": "a", "error": 'Line 7 has no "body".'},
        {"id": "b", "error": 'The "body" of line 8 is not a string.'},
        {"id": "c", "error": 'The "subject" of line 9 is not a string.'},
        {"id": None, "error": "Line 10 is not valid UTF-8."},
        {"id": None, "error": "Line 11 is not valid JSON."},
    ]


@pytest.mark.parametrize(
    "body",
    [
        f"Hello,\r\n\r\n{WISH}\r\nThanks\r\n",
        f"日本 🙂 \x1b]0;x\x07 \u202e [/] [URGENT]\n\n{WISH}\n",
        f"\x00\ud800\n{WISH}",
        f"{HEAT}\r\n{WISH} {HEAT * 9}",
    ],
    ids=["CRLF", "hostile characters", "NUL and half a surrogate pair", "long"],
)
def test_offsets_count_in_the_body_as_it_was_given(body: str) -> None:
    (answer,) = classify(lines_of({"id": "x", "subject": "Form", "body": body}))
    assert answer["labels"]
    for span in answer["evidence"]:
        given = body[span["start"] : span["end"]]
        assert len(span["text"]) == len(given) <= 200
        assert all(ours in (theirs, "\ufffd") for ours, theirs in zip(span["text"], given, strict=True))
    if len(body) < LONG:
        assert [span["text"] for span in answer["evidence"]] == [WISH]


def test_only_the_senders_own_words_are_judged() -> None:
    quoted = "\n".join(f"> {line}" for line in (HEAT, WISH))
    calm = f"Thank you, Tuesday at 10 works for the call.\n\nOn Mon, 2 Mar 2026 at 09:12, Kim Lee wrote:\n{quoted}\n"
    answers = classify(
        lines_of({"id": 1, "subject": "Call", "body": calm}, {"id": 2, "subject": "Call", "body": quoted})
    )
    assert [(answer["labels"], answer["tension"]["level"], answer["evidence"]) for answer in answers] == [
        ([], 0, [])
    ] * 2


def test_nothing_that_could_steer_a_terminal_comes_out() -> None:
    hostile = {"id": "\x1b]0;x\x07\u202e\x9b", "subject": "\x1b[31m", "body": f"\x9b31m\u202e{HEAT}"}
    done = subprocess.run(COMMAND, input=lines_of(hostile), capture_output=True, timeout=60, check=True)
    assert done.stdout.strip().decode("ascii").isprintable()


def test_a_line_is_answered_before_the_next_is_written(running: subprocess.Popen[bytes]) -> None:
    for at in range(3):
        piped(running.stdin).write(lines_of({"id": at, "subject": "Form", "body": WISH}) + b"\n")
        piped(running.stdin).flush()
        assert json.loads(piped(running.stdout).readline())["id"] == at


def test_control_c_ends_it_with_130_and_no_traceback(running: subprocess.Popen[bytes]) -> None:
    piped(running.stdin).write(lines_of({"id": 1, "subject": "Form", "body": WISH}) + b"\n")
    piped(running.stdin).flush()
    piped(running.stdout).readline()
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 130
    assert b"Traceback" not in piped(running.stderr).read()


def test_a_reader_that_has_seen_enough_is_no_error(running: subprocess.Popen[bytes]) -> None:
    line = lines_of({"id": 1, "subject": "Form", "body": WISH}) + b"\n"
    piped(running.stdin).write(line)
    piped(running.stdin).flush()
    piped(running.stdout).readline()
    piped(running.stdout).close()
    piped(running.stdin).write(line)
    piped(running.stdin).flush()
    running.wait(timeout=30)
    assert piped(running.stderr).read() == b""


def test_nothing_in_is_nothing_out() -> None:
    assert classify(b"") == []


def test_a_span_over_an_inline_quote_is_cut_to_the_senders_longer_piece() -> None:
    body = "Not good\n> the dates were agreed\nand we are not going to accept this a second time"
    own = own_words(body, zones_of(body))
    said = Classification(
        labels=frozenset({Label.COMPLAINT}),
        probabilities=dict.fromkeys(Label, 0.0),
        tension=Tension.CALM,
        tension_probabilities=(1.0, 0.0, 0.0, 0.0),
        evidence=(Evidence("complaint", own.text, 0, len(own.text)),),
    )
    (span,) = in_body(said, own).evidence
    assert span.text == "and we are not going to accept this a second time"
    assert body[span.start : span.end] == span.text


def test_a_raised_tension_is_carried_by_the_words_that_raised_it() -> None:
    words = OwnWords("Invoice", "Kindly note that we will withhold payment. Our solicitor will write to you.")
    said = Classification(
        labels=frozenset(),
        probabilities=dict.fromkeys(Label, 0.0),
        tension=Tension.TENSE,
        tension_probabilities=(0.1, 0.1, 0.5, 0.3),
    )
    raised = settled(said, find_cues(words.subject, words.text))
    assert raised.tension is Tension.LIVID
    (span,) = raised.evidence
    assert span.label == "tension"
    assert words.text[span.start : span.end] == span.text
