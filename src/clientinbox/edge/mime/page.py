"""The text of an HTML page as it grows: white space, lines, quote marks, footnotes, and where the history begins."""

import re
from dataclasses import dataclass, field

_MOST_FOOTNOTES = 200
_DEEPEST_QUOTE = 10

SPACES = re.compile(r"[ \t\n\r\f\xa0\u200b\u200c\ufeff\u00ad\u034f]+")
_INVISIBLE = str.maketrans("", "", "\u200b\u200c\ufeff\u00ad\u034f")


@dataclass(frozen=True, slots=True)
class Page:
    text: str
    quoted_from: int | None = None
    """Offset in `text` where the markup says that quoted history begins."""
    remote_images: int = 0
    """Images that were not loaded, and never are."""
    defects: tuple[str, ...] = ()


@dataclass(slots=True)
class OpenList:
    ordered: bool
    number: int = 0


@dataclass(slots=True)
class OpenLink:
    target: str
    start: int
    """Count of pieces before the link's own words."""


@dataclass(slots=True)
class PageWriter:
    """Builds the text: collapses white space, keeps at most one empty line, numbers the footnotes."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    wanted_newlines: int = 0
    wanted_space: bool = False
    marker: str = ""
    """Bullet or ` | ` to write before the next word."""
    row_started: bool = False
    quoted_from: int | None = None
    history_begins: bool = False
    """Set by a mark that stands before the whole history; nothing after it is new."""
    history_marked: bool = False
    quotes: list[tuple[int, bool]] = field(default_factory=list)
    """Open quoting elements: node id, and whether it is a blockquote, whose lines get a `>`."""
    last_depth: int = 0
    remote_images: int = 0
    verbatim: int = 0
    """Depth of <pre>."""
    lists: list[OpenList] = field(default_factory=list)
    links: list[OpenLink] = field(default_factory=list)
    footnotes: dict[str, int] = field(default_factory=dict)

    def newline(self, lines: int) -> None:
        self.wanted_newlines = max(self.wanted_newlines, lines)
        self.wanted_space = False

    def text(self, text: str) -> None:
        if self.verbatim:
            self._verbatim(text)
            return
        collapsed = SPACES.sub(_one_space, text)
        if collapsed.startswith(" "):
            self.wanted_space = True
        if words := collapsed.strip(" "):
            self._put(words)
            self.wanted_space = collapsed.endswith(" ")
        elif self.wanted_newlines and "\xa0" in text:
            self.wanted_newlines = 2

    def _verbatim(self, text: str) -> None:
        for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
            if number:
                self.wanted_newlines = min(self.wanted_newlines + 1, 2)
            if line.strip():
                self._put(line.replace("\xa0", " ").translate(_INVISIBLE).rstrip())

    def _put(self, words: str) -> None:
        depth = min(sum(is_block for _, is_block in self.quotes), _DEEPEST_QUOTE)
        if self.length and self.wanted_newlines:
            kept = "> " * min(depth, self.last_depth)
            self._append("\n" if self.wanted_newlines == 1 else f"\n{kept.rstrip()}\n")
        elif self.length and self.wanted_space and not self.marker.startswith(" "):
            self._append(" ")
        line_begins = not self.length or self.wanted_newlines > 0
        self.wanted_newlines, self.wanted_space = 0, False
        self._note_quote()
        if line_begins:
            self._append("> " * depth)
            self.last_depth = depth
        if self.marker:
            self._append(self.marker)
            self.marker = ""
        self._append(words)
        self.row_started = True

    def _append(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += len(piece)

    def _note_quote(self) -> None:
        """Keep `quoted_from` true: words after a closed quote are an answer below it, so all was not history."""
        if self.history_marked:
            return
        if self.history_begins:
            self.quoted_from, self.history_marked = self.length, True
        elif not self.quotes:
            self.quoted_from = None
        elif self.quoted_from is None:
            self.quoted_from = self.length

    def link_ends(self) -> None:
        link = self.links.pop()
        shown = "".join(self.pieces[link.start :]).strip()
        if not shown or not link.target or len(self.footnotes) >= _MOST_FOOTNOTES:
            return
        if _bare(shown) == _bare(link.target):
            return
        number = self.footnotes.setdefault(link.target, len(self.footnotes) + 1)
        self._append(f" [{number}]")

    def finish(self) -> tuple[str, int | None]:
        text = "".join(self.pieces)
        if self.footnotes and text:
            text += "\n\n" + "\n".join(f"[{number}] {target}" for target, number in self.footnotes.items())
        return text, self.quoted_from


def _one_space(match: re.Match[str]) -> str:
    # Zero-width characters alone do not part words.
    return " " if match[0].translate(_INVISIBLE) else ""


def _bare(target: str) -> str:
    return re.sub(r"^(?:mailto:|https?://(?:www\.)?)", "", target.strip().lower()).partition("?")[0].rstrip("/")
