"""What a person reads of a message, and what is attached: raw bytes → `Body`.

mail-parser is the parser of record. Where it gives up, the standard library walks the same tree; where that gives up
too, the raw text is shown with a sentence that says so. No bytes make this raise.
"""

import logging
import re
from dataclasses import replace
from email.errors import MessageError
from email.parser import BytesParser
from email.policy import compat32
from unicodedata import normalize

from clientinbox.edge.mime.charset import decode
from clientinbox.edge.mime.flowed import unwrapped
from clientinbox.edge.mime.html import read_html
from clientinbox.edge.mime.ordinary import ordinary_parts
from clientinbox.edge.mime.page import Page
from clientinbox.edge.mime.sanitise import normalise_line_ends, sanitise, sanitise_line
from clientinbox.edge.mime.tree import Kind, Leaf, Parts, parts_of
from clientinbox.mail.message import Body

READER_VERSION = "2"
"""Goes up when the same bytes would give another text, so that stored offsets are not trusted with it."""

# It logs header fields of the mail as they came, escape sequences and all; what matters becomes a defect here.
logging.getLogger("mailparser").setLevel(logging.CRITICAL + 1)

_LONGEST = 1_000_000
"""Characters of body text that are kept."""
_LONGEST_STUB = 400
_SHORT, _MUCH_LONGER = 60, 10
"""Plain text of so few characters beside HTML that reads so many times longer is a link or a title."""
_IS_HTML = re.compile(r"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
"""Some programs send HTML as text/plain."""
_STUB = re.compile(
    r"(?:does|do)(?: not|n't) (?:support|display|handle)|cannot (?:display|view|read) (?:html|this)"
    r"|view (?:this|it|the) (?:e-?mail|message|newsletter) (?:in|on)"
    r"|html[- ](?:capable|enabled|compatible|version|e-?mail)"
    r"|requires? (?:an? )?html|kein html|html[- ]mail|pas le html|no (?:admite|soporta) html|ondersteunt geen html"
    r"|(?:falls|wenn) (?:sie )?(?:diese|die) (?:e-?mail|nachricht|newsletter)[^.]{0,60}nicht (?:richtig "
    r"|korrekt )?(?:angezeigt|dargestellt)"
    r"|(?:diese[rn]?|die) (?:e-?mail|nachricht|newsletter) im browser|(?:visualiser|voir|afficher) (?:cet|ce"
    r"|le) (?:e-?mail|message)[^.]{0,30}navigateur"
    r"|n['’]affiche pas correctement|si no (?:puede|puedes|visualiza) (?:ver |correctamente )?(?:este|el) (?:correo"
    r"|mensaje)|ver (?:este|el) (?:correo|mensaje) en"
    r"|(?:bekijk|lees) (?:deze|de) (?:e-?mail|nieuwsbrief)|understøtter ikke html|vis (?:denne )?(?:e-?mail|mail"
    r"|nyhedsbrev) i (?:din )?browser",
    re.IGNORECASE,
)


def read_body(raw: bytes, *, bulk: bool = False) -> Body:
    """Read the body of a whole message; never raises. With `bulk` mail-parser is not asked: ordinary mail is
    read from its octets, the rest by the standard library, in a tenth of the time and with the same text (tests compare
    them).
    """
    try:
        parts = (ordinary_parts(raw) or _by_standard_library(raw)) if bulk else _by_mailparser(raw)
    except RecursionError:
        return _raw_text(raw, "The message is nested too deeply; it is shown as it came.")
    except (MessageError, AttributeError, AssertionError, LookupError, TypeError, ValueError):
        # Bugs of the email package on hostile headers (bpo-30681 and kin); UnicodeError and binascii.Error are
        # ValueErrors.
        return _raw_text(raw, "The message could not be read; it is shown as it came.")
    return _body(parts)


def _by_standard_library(raw: bytes) -> Parts:
    return parts_of(BytesParser(policy=compat32).parsebytes(raw))


def _by_mailparser(raw: bytes) -> Parts:
    import mailparser  # 60 ms that a sync of ordinary mail does not need
    from mailparser.exceptions import MailParserError

    message = BytesParser(policy=compat32).parsebytes(raw)
    parts = parts_of(message)
    try:
        # only after it is mended: some of the character sets that Python knows take minutes over a megabyte
        mail = mailparser.MailParser(message)
    except (MailParserError, MessageError, AttributeError, AssertionError, LookupError, TypeError, ValueError):
        return parts
    return _as_recorded(parts, mail.text_plain, mail.text_html)


def _as_recorded(parts: Parts, plain: list[str], html: list[str]) -> Parts:
    """Take mail-parser's texts in the order of the tree; where it counts other texts than the tree has, the tree
    stands (it glues in text of attachments and of what follows the last boundary).
    """
    if not parts.ordinary:
        return parts
    recorded = {
        Kind.PLAIN: [text for text in plain if text.strip()],
        Kind.HTML: [text for text in html if text.strip()],
    }
    for kind, texts in recorded.items():
        if len(texts) != sum(leaf.kind is kind for leaf in parts.leaves):
            return parts
    rest = {kind: iter(texts) for kind, texts in recorded.items()}
    leaves = tuple(replace(leaf, text=next(rest[leaf.kind])) for leaf in parts.leaves)
    return replace(parts, leaves=leaves)


def _body(parts: Parts) -> Body:
    defects = dict.fromkeys(parts.defects)
    texts: list[str] = []
    length, quoted_from = 0, None
    pictures = trackers = 0
    for leaf in _chosen(parts.leaves):
        page = _page(leaf)
        text = _trimmed(sanitise(page.text))
        if not text:
            continue
        if texts:
            texts.append("\n\n")
            length += 2
        if page.quoted_from is not None and quoted_from is None:
            quoted_from = length + page.quoted_from
        texts.append(text)
        length += len(text)
        pictures += page.remote_images
        trackers += page.trackers
        defects.update(dict.fromkeys(map(sanitise_line, page.defects)))
    for count, what in ((trackers, "tracking image"), (pictures, "remote image")):
        if count:
            defects[f"{count} {what}{'s' if count > 1 else ''} not loaded."] = None
    whole = "".join(texts)
    if len(whole) > _LONGEST:
        whole = whole[:_LONGEST]
        defects["The text is very long; its end is left out."] = None
    if quoted_from is not None and quoted_from >= len(whole):
        quoted_from = None
    invitation = None
    if parts.calendar:
        from clientinbox.edge.mime.invitation import read_invitation  # few messages have one

        invitation, wrong = read_invitation(parts.calendar)
        defects.update({wrong: None} if wrong else {})
    return Body(whole, quoted_from, parts.attachments, tuple(defects), invitation)


def _page(leaf: Leaf) -> Page:
    # mail-parser normalises: both readers must give one text with one set of offsets
    words = normalize("NFC", leaf.text)
    if leaf.kind is Kind.HTML or _IS_HTML.match(words):
        return read_html(words)
    text = normalise_line_ends(words)
    return Page(text if leaf.flow is None else unwrapped(text, leaf.flow))


def _trimmed(text: str) -> str:
    # The page's offsets count from its first character, which is never white space; plain text has no offsets yet.
    return text.rstrip().lstrip("\n")


def _chosen(leaves: tuple[Leaf, ...]) -> list[Leaf]:
    """Of each group of alternatives take the plain text, or the HTML where the plain one says nothing."""
    preferred: dict[int, Kind] = {}
    for group in {leaf.alternative for leaf in leaves if leaf.alternative}:
        members = [leaf for leaf in leaves if leaf.alternative == group]
        plain = "\n".join(leaf.text for leaf in members if leaf.kind is Kind.PLAIN).strip()
        html = next((leaf for leaf in members if leaf.kind is Kind.HTML), None)
        preferred[group] = Kind.HTML if html and _says_nothing(plain, html) else Kind.PLAIN
    return [leaf for leaf in leaves if preferred.get(leaf.alternative, leaf.kind) is leaf.kind]


def _says_nothing(plain: str, html: Leaf) -> bool:
    """Whether the plain text of a message is empty, a hint to look at the other one, or hardly any of it."""
    if not plain or (len(plain) <= _LONGEST_STUB and _STUB.search(plain) is not None):
        return True
    if len(plain) > _SHORT or len(html.text) < _MUCH_LONGER * len(plain):
        return False
    return len(_page(html).text) >= _MUCH_LONGER * len(plain)


def _raw_text(raw: bytes, defect: str) -> Body:
    text = sanitise(decode(raw[: 4 * _LONGEST]).text).strip("\n")
    return Body(text[:_LONGEST], defects=(defect,))
