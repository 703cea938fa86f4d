import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientinbox.edge.mime.sanitise import sanitise, sanitise_line

ANY_TEXT = st.text(st.characters(exclude_categories=()))
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(ANY_TEXT)
def test_text_keeps_its_length_and_loses_each_hostile_character(text: str) -> None:
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    clean = sanitise(text)
    assert len(clean) == len(unix)
    for before, after in zip(unix, clean, strict=True):
        hostile = unicodedata.category(before) in {"Cc", "Cs"} and before not in "\n\t"
        assert after == ("\ufffd" if hostile or before in BIDI else before)
    assert sanitise(clean) == clean


@given(ANY_TEXT)
def test_a_line_has_no_control_at_all(text: str) -> None:
    line = sanitise_line(text)
    assert len(line) == len(sanitise(text))
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in line)


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("[/] [URGENT] \x1b]0;x\x07 \u202e", "[/] [URGENT] \ufffd]0;x\ufffd \ufffd"),
        ("a\r\nb\rc\n\td", "a\nb\nc\n\td"),
        ("\x9b31m\x7f\ud800", "\ufffd31m\ufffd\ufffd"),
    ],
)
def test_escape_sequences_are_defused_and_markup_is_left_alone(foreign: str, shown: str) -> None:
    assert sanitise(foreign) == shown
