"""Our word pieces, on a list small enough to check by hand. `models/scripts/check_pieces.py` holds them to the library."""

import pytest

from clientinbox.edge.nlp.wordpiece import NOWHERE, WordPiece

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "late", "##r", "a", "the", "not", ".", "'", "cafe", "##s", "-", "日"]
CLS, SEP, UNK = 2, 3, 1


@pytest.fixture(scope="module")
def word_piece() -> WordPiece:
    return WordPiece(PIECES)


def named(word_piece: WordPiece, text: str) -> list[str]:
    ids = word_piece(text).ids
    assert (ids[0], ids[-1]) == (CLS, SEP)
    return [PIECES[at] for at in ids[1:-1]]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("Late", ["late"]),
        ("LATER.", ["late", "##r", "."]),
        ("the-cafés", ["the", "-", "cafe", "##s"]),
        ("cafe\u0301s", ["cafe", "##s"]),
        ("no\u200bt", ["not"]),
        ("no\x0bt a\u00a0the", ["not", "a", "the"]),
        ("日日a", ["日", "日", "a"]),
        ("\ufffdlate\x1b", ["late"]),
        ("zebra", ["[UNK]"]),
        ("x" * 101, ["[UNK]"]),
        ("🙂 late", ["[UNK]", "late"]),
    ],
)
def test_a_text_in_pieces(word_piece: WordPiece, text: str, pieces: list[str]) -> None:
    assert named(word_piece, text) == pieces


def test_each_piece_knows_where_its_word_begins(word_piece: WordPiece) -> None:
    assert word_piece("The  later,\nlate").starts == [NOWHERE, 0, 5, 5, 5, 12, NOWHERE]


def test_too_long_a_text_keeps_its_front_and_its_end(word_piece: WordPiece) -> None:
    short = word_piece("late " * 20 + "the").shortened(8)
    assert [PIECES[at] for at in short.ids] == ["[CLS]", *["late"] * 5, "the", "[SEP]"]
