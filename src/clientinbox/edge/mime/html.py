"""HTML to the text a person reads, without an outside program and without fetching anything.

Paragraphs, lists, tables as rows, links as footnotes; scripts, styles, hidden text and tracking pixels are gone. Also
says where the markup itself marks the quoted history, which no reading of the text can know as surely.

The walk is a loop, not a recursion, and a page nested beyond `_DEEPEST` is stripped of its tags instead of being
parsed: lexbor takes quadratic time there (200,000 open <div> cost two minutes).
"""

import re
from html import unescape
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from clientinbox.edge.mime.looks import Role, role_of, style_of
from clientinbox.edge.mime.page import SPACES, OpenLink, OpenList, Page, PageWriter
from clientinbox.edge.mime.tables import is_data_table

_LONGEST = 5_000_000
"""Characters of HTML that are read; text beyond cannot be a person's."""
_DEEPEST = 1_000
_DEEPEST_FORMATTING = 100
"""Open <b>, <font>… are opened again in each paragraph by the HTML rules: deep ones multiply the tree."""
_SHALLOW = 2_000
"""With fewer tags than this, counting depth is not worth its time."""
_SIZE = re.compile(r"\s*([0-9]{1,4})(?:px)?\s*$")
_TINY = 3
"""Images up to so many pixels wide or high are trackers, not pictures."""
_LONGEST_STYLE = 500


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED = _names(
    """
    script style head title template noscript iframe object embed svg math canvas audio video select textarea
    button map meta link xml
    """
)
_BLOCKS = _names(
    """
    address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section summary table tbody tfoot thead tr
    ul
    """
)
_SPACED = _names(
    """
    blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul
    """
)
"""Blocks with an empty line around them."""
_FORMATTING = _names(
    """
    a b big code em font i nobr s small strike strong tt u
    """
)
_NEVER_NESTED = _names(
    """
    area base br col embed hr img input link meta p li td th tr option source wbr
    """
)

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,30})")
_ANY_TAG = re.compile(r"<[^>]{0,2000}>")
_DROPPED_TEXT = re.compile(r"<(script|style|head|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BULLET = "• "


def read_html(html: str) -> Page:
    """Turn HTML into text; never fetches, never raises on any markup."""
    defects: tuple[str, ...] = ()
    if len(html) > _LONGEST:
        html, defects = html[:_LONGEST], ("The HTML is very long; its end is left out.",)
    # A lone surrogate or NUL cannot reach the parser, which takes UTF-8.
    html = html.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    if html.count("<") > _SHALLOW and _too_deep(html):
        text = unescape(_ANY_TAG.sub(" ", _DROPPED_TEXT.sub(" ", html)))
        lines = (" ".join(line.split()) for line in text.split("\n"))
        return Page("\n".join(line for line in lines if line), defects=(*defects, "The HTML is nested too deeply."))
    root = LexborHTMLParser(html).body
    if root is None:
        return Page("", defects=defects)
    writer = PageWriter()
    _walk(root, writer)
    text, quoted_from = writer.finish()
    lies = tuple(f"A link that reads {shown} leads to {real}." for shown, real in writer.lying_links)
    return Page(text, quoted_from, writer.remote_images, writer.trackers, (*defects, *lies))


def _too_deep(html: str) -> bool:
    opened: dict[str, int] = {}
    depth = formatting = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _NEVER_NESTED:
            continue
        step = 1
        if match[1]:
            if not opened.get(name):
                continue
            step = -1
        opened[name] = opened.get(name, 0) + step
        depth += step
        if name in _FORMATTING:
            formatting += step
        if depth > _DEEPEST or formatting > _DEEPEST_FORMATTING:
            return True
    return False


def _walk(root: LexborNode, writer: PageWriter) -> None:
    node: LexborNode | None = root
    while node is not None:
        if node.is_text_node:
            writer.text(node.text_content or "")
            entered = False
        else:
            entered = _enter(node, node.tag or "", writer)
        child = node.first_child if entered else None
        if child is not None:
            node = child
            continue
        if entered:
            _leave(node, writer)
        while node is not None and node.mem_id != root.mem_id:
            following = node.next
            if following is not None:
                node = following
                break
            node = node.parent
            if node is not None:
                _leave(node, writer)
        else:
            node = None


def _enter(node: LexborNode, tag: str, writer: PageWriter) -> bool:
    """Open an element; False when nothing in it is to be read."""
    if tag in _DROPPED or tag.startswith("-"):
        return False
    attributes = node.attributes
    if tag == "img":
        _image(writer, attributes)
        return False
    style = style_of((attributes.get("style") or "")[:_LONGEST_STYLE])
    if style.hidden or "hidden" in attributes:
        return False
    if style.font_size is not None:
        writer.font_sizes.append((node.mem_id, style.font_size))
    if tag == "table":
        writer.tables.append(is_data_table(node, attributes))
    if tag in _BLOCKS:
        writer.newline(_newlines(tag, attributes, nested_list=bool(writer.lists)))
    role = role_of(attributes.get("id") or "", attributes.get("class") or "") if attributes else Role.NONE
    if role is Role.HISTORY or style.begins_history:
        writer.newline(1)
        writer.history_begins = True
    elif role is Role.SIGNATURE:
        writer.begin_signature()
    elif role is Role.QUOTE or attributes.get("type") == "cite" or (tag == "blockquote" and not style.indents):
        writer.quotes.append((node.mem_id, tag == "blockquote"))
    _ENTER.get(tag, _nothing)(writer, attributes)
    return True


def _nothing(_writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    """Most elements only carry their text."""


def _enter_line_break(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    writer.newline(min(writer.wanted_newlines + 1, 2))


def _enter_pre(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    writer.verbatim += 1


def _image(writer: PageWriter, attributes: dict[str, str | None]) -> None:
    source = (attributes.get("src") or "").strip().lower()
    style = style_of((attributes.get("style") or "")[:_LONGEST_STYLE])
    unseen = style.tiny or style.hidden or "hidden" in attributes or _is_tiny(attributes)
    if source.startswith(("http:", "https:", "//")):
        writer.remote_images += not unseen
        writer.trackers += unseen
    alt = (attributes.get("alt") or "").strip()
    if alt and not unseen:
        writer.text(alt, unsized=True)


def _enter_list(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    writer.lists.append(OpenList(ordered=False))


def _enter_numbered_list(writer: PageWriter, attributes: dict[str, str | None]) -> None:
    start = (attributes.get("start") or "").strip()
    writer.lists.append(OpenList(ordered=True, number=int(start) - 1 if re.fullmatch(r"[0-9]{1,6}", start) else 0))


def _enter_item(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    bullet, depth = _BULLET, max(len(writer.lists) - 1, 0)
    if writer.lists and writer.lists[-1].ordered:
        writer.lists[-1].number += 1
        bullet = f"{writer.lists[-1].number}. "
    writer.marker = "  " * min(depth, 8) + bullet


def _enter_row(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    writer.row_started = False
    writer.row_cells = 0
    if writer.in_data_table:
        writer.newline(1, row=True)


def _enter_cell(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    if writer.in_data_table:
        # an empty cell keeps its place
        writer.marker += " | " if writer.row_started or writer.row_cells else ""
        writer.row_cells += 1
    # Blocks inside a cell of a layout table open lines of their own.
    elif writer.row_started and not writer.wanted_newlines and not writer.marker:
        writer.marker = " | "


def _enter_link(writer: PageWriter, attributes: dict[str, str | None]) -> None:
    target = (attributes.get("href") or "").strip()
    if not re.match(r"(?:https?://|mailto:)\S", target, re.IGNORECASE):
        target = ""
    writer.links.append(OpenLink(SPACES.sub("", _readable(target)), len(writer.pieces)))


def _readable(target: str) -> str:
    return unquote(target) if target.lower().startswith("mailto:") else target


_ENTER = {
    "br": _enter_line_break,
    "pre": _enter_pre,
    "ul": _enter_list,
    "ol": _enter_numbered_list,
    "li": _enter_item,
    "tr": _enter_row,
    "td": _enter_cell,
    "th": _enter_cell,
    "a": _enter_link,
}


def _leave(node: LexborNode, writer: PageWriter) -> None:
    tag = node.tag or ""
    if tag == "table" and writer.tables:
        writer.tables.pop()
    if writer.font_sizes and writer.font_sizes[-1][0] == node.mem_id:
        writer.font_sizes.pop()
    if tag in _BLOCKS:
        attributes = node.attributes if tag == "p" else {}
        writer.newline(_newlines(tag, attributes, nested_list=len(writer.lists) > 1), row=tag == "tr")
    if writer.quotes and writer.quotes[-1][0] == node.mem_id:
        writer.quotes.pop()
    if tag == "a" and writer.links:
        writer.link_ends()
    elif tag in {"ul", "ol"} and writer.lists:
        writer.lists.pop()
    elif tag == "pre" and writer.verbatim:
        writer.verbatim -= 1
    elif tag in {"li", "tr"}:
        writer.marker = ""


def _newlines(tag: str, attributes: dict[str, str | None], *, nested_list: bool) -> int:
    if tag not in _SPACED or (nested_list and tag in {"ul", "ol"}):
        return 1
    # Outlook writes each line as a paragraph without margins, and an empty line as one with a &nbsp;.
    tight = tag == "p" and (
        "MsoNormal" in (attributes.get("class") or "")
        or style_of((attributes.get("style") or "")[:_LONGEST_STYLE]).without_margin
    )
    return 1 if tight else 2


def _is_tiny(attributes: dict[str, str | None]) -> bool:
    sizes = (_SIZE.match(attributes.get(name) or "") for name in ("width", "height"))
    return any(size is not None and int(size[1]) <= _TINY for size in sizes)
