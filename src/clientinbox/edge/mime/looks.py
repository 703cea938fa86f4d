"""What styles, classes and ids of HTML mail mean for its text: hidden, quoted, signature, where the history begins.

Kept once read, since a page says the same of hundreds of elements.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:max-height|opacity)\s*:\s*0(?:px|\.0+)?\s*(?:;|!|$)"
    r"|color\s*:\s*transparent|text-indent\s*:\s*-\d{3,}|(?:left|top)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_FONT_SIZE = re.compile(r"font-size\s*:\s*([\d.]{1,8})", re.IGNORECASE)
"""Text of size 0 is hidden; but layout tables set it so that gaps vanish, and set a size again further in."""
_OUTLOOK_RULE = re.compile(r"border-top\s*:\s*solid\s+#(?:E1E1E1|B5C4DF)\s+1\.0pt", re.IGNORECASE)
_QUOTE_CLASS = re.compile(
    r"\b(?:gmail_quote|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-cite-prefix)\b"
)
_SIGNATURE_CLASS = re.compile(r"\b(?:gmail_signature|moz-signature|protonmail_signature_block)\b")
_SIGNATURE_IDS = frozenset({"signature", "x_signature", "ms-outlook-mobile-signature"})
_HISTORY_CLASS = re.compile(r"\b(?:OutlookMessageHeader)\b")
_INDENT = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
"""A blockquote that only moves its text to the right, as Gmail's indent button makes it."""
_TIGHT = re.compile(r"margin(?:-top|-bottom)?\s*:\s*0(?:px|pt|cm|in|em)?\s*(?:;|!|0|$)", re.IGNORECASE)
_HISTORY_IDS = frozenset(
    {
        "appendonsend",
        "divrplyfwdmsg",
        "mail-editor-reference-message-container",
        "ms-outlook-mobile-body-separator-line",
        "olk_src_body_section",
        "reply-intro",
        "x_appendonsend",
        "x_divrplyfwdmsg",
    }
)
_TINY_STYLE = re.compile(r"(?:^|[;\s])(?:max-)?(?:width|height)\s*:\s*[0-3](?:px)?\s*(?:;|!|$)", re.IGNORECASE)


class Role(Enum):
    NONE = "none"
    HISTORY = "history"
    """Everything from here on was written before."""
    QUOTE = "quote"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Style:
    hidden: bool
    font_size: float | None
    """Without its unit; None where none is set."""
    begins_history: bool
    """Outlook draws a line of its own above what it quotes."""
    indents: bool
    without_margin: bool
    tiny: bool


@lru_cache(maxsize=2048)
def style_of(style: str) -> Style:
    size = _FONT_SIZE.search(style)
    return Style(
        hidden=_HIDDEN.search(style) is not None,
        font_size=None if size is None else _number(size[1]),
        begins_history=_OUTLOOK_RULE.search(style) is not None,
        indents=_INDENT.search(style) is not None,
        without_margin=_TIGHT.search(style) is not None,
        tiny=_TINY_STYLE.search(style) is not None,
    )


def _number(digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        return 1.0


@lru_cache(maxsize=2048)
def role_of(identifier: str, classes: str) -> Role:
    name = identifier.lower()
    if name in _HISTORY_IDS or _HISTORY_CLASS.search(classes):
        return Role.HISTORY
    if name in _SIGNATURE_IDS or _SIGNATURE_CLASS.search(classes):
        return Role.SIGNATURE
    return Role.QUOTE if _QUOTE_CLASS.search(classes) else Role.NONE
