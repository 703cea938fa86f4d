"""A mail that is to go out: is it fit to be sent, to whom does it go, and what does it answer.

What does not belong into a header is refused, never taken out: a line break in an address is either an accident that a
person should see or somebody's attempt to write headers of their own.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from clientinbox.errors import UsageError
from clientinbox.mail.message import Address

MOST_REFERENCES = 20
"""Ids of a References field: the first one and the last ones, so that the field never outgrows a server's limit."""
_LONGEST_ID = 500
_LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""
_LONGEST_SUBJECT = 2_000

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_EMAIL = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_ID = re.compile(r"<[^<>\s]+>")
_SPECIALS = re.compile(r"[^A-Za-z0-9 !#$%&'*+/=?^_`{|}~\u00a0-\U0010ffff-]")
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, lone surrogates, line and paragraph separators."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    sender: Address
    to: tuple[Address, ...]
    subject: str
    body: str
    message_id: str
    """With its <>; it is what makes the mail go out once."""
    date: datetime
    """Aware; shown with its own offset."""
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    """In no header, only on the envelope."""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """The envelope's."""
        return tuple(address.email for address in (*self.to, *self.cc, *self.bcc))


def checked(outgoing: Outgoing) -> Outgoing:
    """The mail with each recipient named once and threading headers of a sane length. UsageError says what is wrong."""
    _refuse_controls(outgoing)
    for address in (outgoing.sender, *outgoing.to, *outgoing.cc, *outgoing.bcc):
        _refuse_no_address(address)
    if not outgoing.recipients:
        raise UsageError("The mail has no recipient.", todo="Put an address into To, Cc or Bcc.")
    if not outgoing.body.strip():
        raise UsageError("This is an empty draft: there is no word in it.", todo="Write something, or discard it.")
    try:
        outgoing.body.encode()
    except UnicodeEncodeError as exc:
        raise UsageError("The text holds a character that cannot be sent.") from exc
    if len(outgoing.subject) > _LONGEST_SUBJECT:
        raise UsageError("The subject is longer than any server takes.", todo="Move the words into the text.")
    if outgoing.date.tzinfo is None:
        raise ValueError("a mail's date must be aware")
    to, cc, bcc = _each_once(outgoing.to, outgoing.cc, outgoing.bcc)
    return replace(outgoing, to=to, cc=cc, bcc=bcc, references=_capped(outgoing.references))


def _refuse_controls(outgoing: Outgoing) -> None:
    people = (outgoing.sender, *outgoing.to, *outgoing.cc, *outgoing.bcc)
    fields = [("subject", outgoing.subject)]
    fields += [("name or address of a person", text) for each in people for text in (each.name, each.email)]
    fields += [(f"Message-ID {_shown(each)}", each) for each in (outgoing.message_id, *_threading(outgoing))]
    for what, text in fields:
        refuse_controls(what, text)
    for identifier in (outgoing.message_id, *_threading(outgoing)):
        if not _ID.fullmatch(identifier) or not identifier.isascii() or len(identifier) > _LONGEST_ID:
            raise UsageError(f"{_shown(identifier)} is no Message-ID.")


def refuse_controls(what: str, text: str) -> None:
    """UsageError where a line break or another control character stands in what will be one line of a header."""
    if any(unicodedata.category(character) in _UNSEEN for character in text):
        raise UsageError(
            f"The {what} holds a line break or another control character: {_shown(text)}.",
            todo="Take it out; it could write headers of its own.",
        )


def _threading(outgoing: Outgoing) -> tuple[str, ...]:
    return (*((outgoing.in_reply_to,) if outgoing.in_reply_to else ()), *outgoing.references)


def _refuse_no_address(address: Address) -> None:
    if len(address.email) > _LONGEST_ADDRESS or not _EMAIL.fullmatch(address.email):
        shown = _shown(str(address) if address.email else address.name)
        hint = "" if address.email.isascii() else "Write the domain as its server does (xn--…)."
        raise UsageError(f"{shown} is no e-mail address that can be sent to.", todo=hint)


def _shown(text: str) -> str:
    text = "".join("\ufffd" if unicodedata.category(c) in {*_UNSEEN, "Cf"} else c for c in text)
    return f"“{text if len(text) <= 80 else text[:79] + '…'}”"  # noqa: PLR2004 - a line


def _each_once(*fields: Sequence[Address]) -> list[tuple[Address, ...]]:
    """Who stands in To is not in Cc again, and who is named in the open is not in Bcc."""
    seen: set[str] = set()
    kept: list[tuple[Address, ...]] = []
    for field in fields:
        once: list[Address] = []
        for address in field:
            if address.email.casefold() not in seen:
                seen.add(address.email.casefold())
                once.append(address)
        kept.append(tuple(once))
    return kept


def new_message_id(domain: str, token: str) -> str:
    """`token` must be new: 100 bits of randomness or more."""
    identifier = f"<{token}@{domain}>"
    if not _ID.fullmatch(identifier) or not identifier.isascii():
        raise UsageError(f"No Message-ID can be made under {_shown(domain)}.", todo="Check the account's email.")
    return identifier


def references_to(message_id: str, references: Sequence[str]) -> tuple[str, ...]:
    """References of an answer: those of the message answered, then the message itself; ids no header takes left out."""
    usable = [each for each in (*references, message_id) if _ID.fullmatch(each) and each.isascii()]
    # the last mention counts, so that the message answered stays at the end
    once = dict.fromkeys(each for each in reversed(usable) if len(each) <= _LONGEST_ID)
    return _capped(tuple(once)[::-1])


def _capped(references: tuple[str, ...]) -> tuple[str, ...]:
    if len(references) <= MOST_REFERENCES:
        return references
    return (references[0], *references[1 - MOST_REFERENCES :])


def as_typed(addresses: Iterable[Address]) -> str:
    """A line as a person would type it: names quoted where a comma or the like stands in them."""
    return ", ".join(_typed(address) for address in addresses)


def _typed(address: Address) -> str:
    if not address.name:
        return address.email
    name = address.name
    if _SPECIALS.search(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address.email}>"
