"""The text of an HTML page as it grows: white space, lines, quote marks, footnotes, and where the history begins."""

import re
from dataclasses import dataclass, field

_MOST_FOOTNOTES = 200
_DEEPEST_QUOTE = 10

_UNSEEN = "\u200b\u200c\ufeff\u00ad\u034f\u2060\u2061\u2062\u2063\u2064\u180e"
SPACES = re.compile(rf"[ \t\n\r\f\xa0\u2007\u202f{_UNSEEN}]+")
_INVISIBLE = str.maketrans("", "", _UNSEEN)
_LOOKS_LIKE_HOST = re.compile(
    r"(?:https?://)?(?:www\.)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})(?:[/:?#]\S*)?", re.IGNORECASE
)
_BLANKS = re.compile(r"  +")
_MOST_LIES = 5


@dataclass(frozen=True, slots=True)
class Page:
    text: str
    quoted_from: int | None = None
    """Offset in `text` where the markup says that quoted history begins."""
    remote_images: int = 0
    """Images that were not loaded, and never are."""
    trackers: int = 0
    """Those among them that nobody would have seen."""
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
    trackers: int = 0
    font_sizes: list[tuple[int, float]] = field(default_factory=list)
    """Open elements that set one: node id, and the number without its unit."""
    tables: list[bool] = field(default_factory=list)
    """Open tables: True for one that shows data, whose rows are lines."""
    row_cells: int = 0
    lying_links: dict[tuple[str, str], None] = field(default_factory=dict)
    """The host that a link reads as, and the one that it leads to."""
    verbatim: int = 0
    """Depth of <pre>."""
    lists: list[OpenList] = field(default_factory=list)
    links: list[OpenLink] = field(default_factory=list)
    footnotes: dict[str, int] = field(default_factory=dict)

    @property
    def in_data_table(self) -> bool:
        return bool(self.tables) and self.tables[-1]

    def newline(self, lines: int, *, row: bool = False) -> None:
        if self.in_data_table and self.row_cells and not row:
            # what stands in one cell of a row of data stays in its line
            self.wanted_space = self.row_started
            return
        self.wanted_newlines = max(self.wanted_newlines, lines)
        self.wanted_space = False

    def begin_signature(self) -> None:
        """Write the delimiter that plain text has, where the program that wrote the mail has not."""
        if not self.length or self.quotes or "".join(self.pieces[-2:]).rstrip().endswith("--"):
            return
        self.newline(1)
        self._put("--")
        self._append(" ")
        self.newline(1)

    def text(self, text: str, *, unsized: bool = False) -> None:
        """Take words of the page; unsized ones, which stand for a picture, are seen whatever the font."""
        if self.font_sizes and not self.font_sizes[-1][1] and not unsized:
            return
        if self.verbatim:
            self._verbatim(text)
            return
        collapsed = _collapsed(text)
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
            self._append(self.marker.lstrip() if line_begins and self.in_data_table else self.marker)
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
        real = _host(link.target)
        read = _LOOKS_LIKE_HOST.fullmatch(shown)
        if read and real and not link.target.lower().startswith("mailto:") and not _same_site(read[1].lower(), real):
            self._append(f" (leads to {real})")
            if len(self.lying_links) < _MOST_LIES:
                self.lying_links[read[1].lower(), real] = None
        self._append(f" [{number}]")

    def finish(self) -> tuple[str, int | None]:
        text = "".join(self.pieces)
        if self.footnotes and text:
            text += "\n\n" + "\n".join(f"[{number}] {target}" for target, number in self.footnotes.items())
        return text, self.quoted_from


def _collapsed(text: str) -> str:
    flat = text.replace("\n", " ")
    if flat.isascii() and flat.isprintable():
        # most text has no spaces but these; the pattern costs five times as much
        return flat if "  " not in flat else _BLANKS.sub(" ", flat)
    return SPACES.sub(_one_space, text)


def _one_space(match: re.Match[str]) -> str:
    # Zero-width characters alone do not part words.
    return " " if match[0].translate(_INVISIBLE) else ""


def _host(target: str) -> str:
    match = re.match(r"https?://(?:[^/?#@\s]*@)?([^/?#:\s]{1,255})", target, re.IGNORECASE)
    return match[1].lower().removeprefix("www.") if match else ""


def _same_site(one: str, other: str) -> bool:
    one = one.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _bare(target: str) -> str:
    return re.sub(r"^(?:mailto:|https?://(?:www\.)?)", "", target.strip().lower()).partition("?")[0].rstrip("/")
