"""The one gate from foreign text (mail, files, servers, exceptions) to what is painted.

The edge has already defused what it stored; this gate does it again, because Textual passes control characters on to
the terminal even where markup is off, and one forgotten path would be enough. One character for one character, so that
offsets into a body still fit. Nothing that comes out of here is ever parsed as markup.
"""

import re

from rich.cells import cell_len, set_cell_size
from textual.content import Content

# C0 but \t and \n, DEL and C1, bidi embeddings, overrides and isolates, line and paragraph separators (both start a new
# line in places that expect one), and lone surrogates (the terminal's encoder dies of them).
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SPACES = re.compile(r"\s+")


def defused(text: str) -> str:
    """Replace what could steer a terminal by U+FFFD, one for one."""
    return _HOSTILE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Defuse, and make one line of it."""
    return _SPACES.sub(" ", defused(text)).strip()


def content(text: str) -> Content:
    """Foreign text as Content: brackets are brackets."""
    return Content(defused(text))


def fitted(text: str, width: int, *, ellipsis: str = "…", right: bool = False) -> str:
    """Exactly `width` cells of one line: cut with an ellipsis or padded, wide glyphs never halved."""
    line = one_line(text)
    if width <= 0:
        return ""
    if cell_len(line) > width:
        line = set_cell_size(line, width - 1).rstrip() + ellipsis
    padding = " " * (width - cell_len(line))
    return padding + line if right else line + padding
