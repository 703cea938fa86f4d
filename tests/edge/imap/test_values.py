"""What a server writes is read as it was meant, or refused: no octets lead anywhere else, nor take long."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.imap.values import ProtocolError, Response, each_response, values_of

ATOMS = st.from_regex(rb"[\\\\$A-Za-z][A-Za-z0-9.+/-]{0,8}(?:\[[A-Z. ()]{0,9}\](?:<[0-9]{1,3}>)?)?", fullmatch=True)
VALUES = st.recursive(
    ATOMS.filter(lambda word: word.upper() != b"NIL")
    | st.integers(0, 2**63 - 1)
    | st.none()
    | st.binary(max_size=20).map(lambda octets: ("literal", octets))
    | st.binary(max_size=20).map(lambda octets: ("quoted", octets.replace(b"\r", b"").replace(b"\n", b""))),
    lambda inner: st.lists(inner, max_size=4).map(lambda values: ("list", values)),
    max_leaves=12,
)


def written(value: Any, parts: list[Any], text: bytes) -> bytes:
    """Append to the text of a response, moving what ends in a literal to the parts."""
    match value:
        case None:
            return text + b"NIL"
        case int():
            return text + b"%d" % value
        case bytes():
            return text + value
        case ("quoted", octets):
            return text + b'"' + bytes(octets).replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        case ("literal", octets):
            parts.append((text + b"{%d}" % len(octets), octets))
            return b""
        case (_, values):
            text += b"("
            for at, inner in enumerate(values):
                text = written(inner, parts, text + (b" " if at else b""))
            return text + b")"
    raise AssertionError(value)


def meant(value: Any) -> Any:
    match value:
        case ("quoted" | "literal", octets):
            return octets
        case ("list", values):
            return tuple(map(meant, values))
    return value


@given(values=st.lists(VALUES, min_size=1, max_size=5))
def test_what_is_written_is_read_again(values: list[Any]) -> None:
    parts: list[Any] = []
    text = b""
    for at, value in enumerate(values):
        text = written(value, parts, text + (b" " if at else b""))

    assert values_of([*parts, text]) == tuple(map(meant, values))


@given(
    texts=st.lists(st.binary(max_size=40) | st.text('(){}[]"\\\\ NIL19~<>', max_size=40).map(str.encode), max_size=4)
)
def test_any_octets_are_read_or_refused(texts: list[bytes]) -> None:
    response: Response = [*((text, b"xx") for text in texts[1:]), *texts[:1]]
    with suppress(ProtocolError):
        assert isinstance(values_of(response), tuple)


@pytest.mark.parametrize("piece", [b'"', b"(", b")", b"[", b"\\", b'"\\', b"a[", b"{1}", b" ", b"( ", b'""'])
def test_a_line_full_of_one_thing_is_read_or_refused_at_once(piece: bytes) -> None:
    with suppress(ProtocolError):
        values_of([piece * (1_000_000 // len(piece))])


def test_responses_end_where_their_lines_end() -> None:
    data = [(b"1 (BODY[] {1}", b"x"), b")", b"2 (UID 5)", None, (b"3 (A {1}", b"y"), (b" B {1}", b"z"), b")"]

    assert [len(response) for response in each_response(data)] == [2, 1, 3]
