"""Word pieces of a text: those of uncased BERT, over a list of pieces that training left behind.

What the `tokenizers` library says, without it (it pulls a hub client and two HTTP libraries): a test at training time
holds the two together over the whole corpus. Each piece remembers where in the text its word begins, so that what the
encoder says of pieces can be said of clauses.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

PADDING, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
NOWHERE = -1
"""Where the marks of start and end stand."""

# Spaces only: other control characters that Python calls white space are dropped, and join their neighbours.
_WORD = re.compile(r"[^ \t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_CHINESE = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ceaf\U0002f800-\U0002fa1f]"
)
_ASCII = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")
_LONGEST_TOKEN = 100
"""Characters; a longer one is unknown as a whole."""
_REMEMBERED, _WORTH_REMEMBERING = 20_000, 40
"""Words, and the characters of one: mail repeats its words but not its base64."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a text, and for each the character at which its word begins."""

    ids: list[int]
    starts: list[int]

    def shortened(self, most: int) -> "Pieces":
        """Three quarters from the front, a quarter from the back: what a long mail wants often stands at its end."""
        if len(self.ids) <= most:
            return self
        front = most * 3 // 4
        back = front - most
        return Pieces(self.ids[:front] + self.ids[back:], self.starts[:front] + self.starts[back:])


class WordPiece:
    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        self._index = {piece: at for at, piece in enumerate(self.pieces)}
        self._unknown, self._start, self._end = (self._index[mark] for mark in (UNKNOWN, START, END))
        self._known = lru_cache(_REMEMBERED)(self._ids)

    def __call__(self, text: str) -> Pieces:
        ids, starts = [self._start], [NOWHERE]
        for match in _WORD.finditer(text):
            word = match.group()
            of_word = self._known(word) if len(word) <= _WORTH_REMEMBERING else self._ids(word)
            ids.extend(of_word)
            starts.extend([match.start()] * len(of_word))
        ids.append(self._end)
        starts.append(NOWHERE)
        return Pieces(ids, starts)

    def _ids(self, word: str) -> tuple[int, ...]:
        ids: list[int] = []
        for token in _tokens(word):
            ids.extend(self._of_token(token))
        return tuple(ids)

    def _of_token(self, token: str) -> list[int]:
        """The longest known piece first, and so on; all or nothing."""
        if len(token) > _LONGEST_TOKEN:
            return [self._unknown]
        ids: list[int] = []
        start = 0
        while start < len(token):
            for end in range(len(token), start, -1):
                piece = token[start:end] if start == 0 else f"##{token[start:end]}"
                if (at := self._index.get(piece)) is not None:
                    ids.append(at)
                    start = end
                    break
            else:
                return [self._unknown]
        return ids


def _tokens(word: str) -> list[str]:
    """A word in small letters without accents, cut at punctuation and around each Chinese character."""
    if word.isascii() and word.isprintable():
        return _ASCII.findall(word.lower())
    plain = "".join(char for char in word if not _dropped(char))
    plain = "".join(char for char in unicodedata.normalize("NFD", plain) if unicodedata.category(char) != "Mn")
    tokens: list[str] = []
    current = ""
    for char in "".join(each.lower() for each in plain):
        if _stands_alone(char):
            tokens += [current, char] if current else [char]
            current = ""
        else:
            current += char
    return [*tokens, current] if current else tokens


def _dropped(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char).startswith("C")


def _stands_alone(char: str) -> bool:
    if char.isascii():
        return not char.isalnum()
    return unicodedata.category(char).startswith("P") or _CHINESE.match(char) is not None
