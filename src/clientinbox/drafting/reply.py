"""The head of a reply and the quote below it: to whom, under which subject, in answer to what.

Owns the refusals that keep a reply from going astray: never to ourselves, nobody twice, no Reply-To to a strange domain
unnoticed, no line break in a header.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clientinbox.drafting.days import header_day
from clientinbox.mail.message import Address, Envelope
from clientinbox.mail.zone import Zone, ZoneKind
from clientinbox.mail.zones import zones_of

MOST_SUBJECT = 200
_REPLY = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|rif|ref|réf|odp|ynt|res|回复|答复|回覆|返信)\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:：]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>,;:\"\x00-\x1f\x7f@]{1,64}@[^\s<>,;:\"\x00-\x1f\x7f@]{1,255}")
_UNREAD = re.compile(r"(?:no|not|do-?not)[-_.]?reply|mailer-daemon|postmaster", re.IGNORECASE)


class Caution(StrEnum):
    """What somebody should look at before such a reply goes out."""

    REPLY_TO_ELSEWHERE = "reply_to_elsewhere"
    """They ask for replies at another domain than the one they wrote from: how invoice fraud works."""
    NOBODY_READS = "nobody_reads"
    """The address says that nobody reads it."""
    NO_RECIPIENT = "no_recipient"
    """No usable address is left."""


@dataclass(frozen=True, slots=True)
class Recipients:
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    cautions: tuple[Caution, ...] = ()


def reply_to(envelope: Envelope, own: Collection[str], *, everybody: bool = False) -> Recipients:
    """Who a reply goes to.

    A reply to a mail of our own goes to those it went to. Reply-To is honoured, and a caution said where it leads to
    another domain. `own` are our addresses, in any case; they are answered only where nobody else is there.
    """
    mine = {address.casefold() for address in own}
    from_us = envelope.sender.email.casefold() in mine
    asked = _usable(envelope.reply_to, mine)
    if from_us:
        to = _usable(envelope.to, mine) or _usable(envelope.cc, mine)
    else:
        to = asked or _usable((envelope.sender,), frozenset())
    to = to or _usable((envelope.sender, *envelope.to), frozenset())[:1]
    rest = (envelope.cc if from_us else (*envelope.to, *envelope.cc)) if everybody else ()
    cc = _usable(rest, mine | {address.email.casefold() for address in to})
    cautions = []
    if not from_us and any(address.domain.casefold() != envelope.sender.domain.casefold() for address in asked):
        cautions.append(Caution.REPLY_TO_ELSEWHERE)
    if any(_UNREAD.match(address.email) for address in to):
        cautions.append(Caution.NOBODY_READS)
    if not to:
        cautions.append(Caution.NO_RECIPIENT)
    return Recipients(to, cc, tuple(cautions))


def _usable(addresses: Iterable[Address], without: Collection[str]) -> tuple[Address, ...]:
    """Each address once, whatever its case, fit for a header."""
    kept: dict[str, Address] = {}
    for address in addresses:
        key = address.email.casefold()
        if key in without or not _ADDRESS.fullmatch(address.email):
            continue
        name = _one_line(address.name)
        if key not in kept or (name and not kept[key].name):
            kept[key] = Address(name, address.email)
    return tuple(kept.values())


def reply_subject(subject: str) -> str:
    """The subject of a reply to this one, which is the last message's: one "Re: ", on one line."""
    words = _one_line(subject)
    at = 0
    while match := _REPLY.match(words, at):
        at = match.end()
    return f"Re: {words[at:].strip()}"[:MOST_SUBJECT].rstrip()


def attribution(sender: Address, date: datetime | None) -> str:
    """The line above a quote, the same in every locale: "On Mon, 23 Nov 2026 at 14:20, Kim Ray <kim@…> wrote:"."""
    who = _one_line(f"{sender.name} <{sender.email}>" if sender.name else sender.email or "somebody")
    if date is None:
        return f"{who} wrote:"
    return f"On {header_day(date)}, {who} wrote:"


def quoted(body: str, attribution: str, zones: Sequence[Zone] | None = None) -> str:
    """A body as it stands below a reply: each line behind "> ", earlier quotes kept, signature and disclaimer gone."""
    kept = "".join(
        body[zone.start : zone.end]
        for zone in (zones_of(body) if zones is None else zones)
        if zone.kind in {ZoneKind.NEW, ZoneKind.QUOTE, ZoneKind.FORWARDED}
    )
    lines = [line.rstrip() for line in kept.strip("\n").split("\n")]
    quote = "\n".join(f">{line}" if line.startswith(">") or not line else f"> {line}" for line in lines)
    return f"{_one_line(attribution)}\n{quote}\n"


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", text).split())
