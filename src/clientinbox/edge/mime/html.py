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

from clientinbox.edge.mime.page import SPACES, OpenLink, OpenList, Page, PageWriter

_LONGEST = 5_000_000
"""Characters of HTML that are read; text beyond cannot be a person's."""
_DEEPEST = 1_000
_DEEPEST_FORMATTING = 100
"""Open <b>, <font>… are opened again in each paragraph by the HTML rules: deep ones multiply the tree."""
_SHALLOW = 2_000
"""With fewer tags than this, counting depth is not worth its time."""
_TINY = 3
"""Images up to so many pixels wide or high are trackers, not pictures."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED = _names(
    """
    script style head title template noscript iframe object embed svg math canvas audio video select textarea
    button map meta link
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

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)|opacity\s*:\s*0\s*(?:;|!|$)",
    re.IGNORECASE,
)
_OUTLOOK_RULE = re.compile(r"border-top\s*:\s*solid\s+#(?:E1E1E1|B5C4DF)\s+1\.0pt", re.IGNORECASE)
_QUOTE_CLASS = re.compile(r"\b(?:gmail_quote|yahoo_quoted|protonmail_quote|zmail_extra)\b")
_HISTORY_CLASS = re.compile(r"\b(?:OutlookMessageHeader)\b")
_INDENT = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
"""A blockquote that only moves its text to the right, as Gmail's indent button makes it."""
_TIGHT = re.compile(r"margin(?:-top|-bottom)?\s*:\s*0(?:px|pt|cm|in|em)?\s*(?:;|!|0|$)", re.IGNORECASE)
_HISTORY_IDS = frozenset({"divrplyfwdmsg", "appendonsend", "x_divrplyfwdmsg", "x_appendonsend", "olk_src_body_section"})

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
    return Page(text, quoted_from, writer.remote_images, defects)


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
    if attributes and _is_hidden(attributes):
        return False
    if tag in _BLOCKS:
        writer.newline(_newlines(tag, attributes, nested_list=bool(writer.lists)))
    if attributes and _begins_history(attributes):
        writer.newline(1)
        writer.history_begins = True
    elif _is_quote(tag, attributes):
        writer.quotes.append((node.mem_id, tag == "blockquote"))
    _ENTER.get(tag, _nothing)(writer, attributes)
    return True


def _nothing(_writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    """Most elements only carry their text."""


def _enter_line_break(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    writer.wanted_newlines = min(writer.wanted_newlines + 1, 2)
    writer.wanted_space = False


def _enter_pre(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    writer.verbatim += 1


def _enter_image(writer: PageWriter, attributes: dict[str, str | None]) -> None:
    source = (attributes.get("src") or "").strip().lower()
    if source.startswith(("http:", "https:", "//")):
        writer.remote_images += 1
    alt = (attributes.get("alt") or "").strip()
    if alt and not _is_tiny(attributes):
        writer.text(alt)


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


def _enter_cell(writer: PageWriter, _attributes: dict[str, str | None]) -> None:
    # Blocks inside a cell open lines of their own: layout tables stay readable, data tables stay rows.
    if writer.row_started and not writer.wanted_newlines and not writer.marker:
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
    "img": _enter_image,
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
    if tag in _BLOCKS:
        attributes = node.attributes if tag == "p" else {}
        writer.newline(_newlines(tag, attributes, nested_list=len(writer.lists) > 1))
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
        "MsoNormal" in (attributes.get("class") or "") or _TIGHT.search(attributes.get("style") or "")
    )
    return 1 if tight else 2


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    style = attributes.get("style")
    return "hidden" in attributes or bool(style and _HIDDEN.search(style))


def _is_tiny(attributes: dict[str, str | None]) -> bool:
    sizes = (re.match(r"\s*([0-9]{1,4})(?:px)?\s*$", attributes.get(name) or "") for name in ("width", "height"))
    return any(size is not None and int(size[1]) <= _TINY for size in sizes)


def _begins_history(attributes: dict[str, str | None]) -> bool:
    if (attributes.get("id") or "").lower() in _HISTORY_IDS or _HISTORY_CLASS.search(attributes.get("class") or ""):
        return True
    return _OUTLOOK_RULE.search(attributes.get("style") or "") is not None


def _is_quote(tag: str, attributes: dict[str, str | None]) -> bool:
    marked = attributes.get("type") == "cite" or _QUOTE_CLASS.search(attributes.get("class") or "") is not None
    return marked or (tag == "blockquote" and not _INDENT.search(attributes.get("style") or ""))
