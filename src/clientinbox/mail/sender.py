"""Is a sender who they seem to be? Pure rules over a header; what they find is shown, and nothing is hidden or refused.

Invoice fraud comes as a client's name under an address that reads like theirs, or with answers led elsewhere.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clientinbox.mail.message import Address, SenderWarning


class Authentication(StrEnum):
    """What our own mail server found out about the address in From (DMARC, RFC 7489, or what it rests on)."""

    PASS = "pass"  # noqa: S105 - the word of RFC 8601
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sender:
    """What a header claims."""

    address: Address
    reply_to: tuple[Address, ...] = ()
    authentication_results: tuple[str, ...] = ()
    """Raw fields, topmost first."""


@dataclass(frozen=True, slots=True)
class KnownSenders:
    """Whom we deal with."""

    domains: Mapping[str, str] = field(default_factory=dict)
    """Domain of a client's, lower case → the client's name."""
    emails: Mapping[str, str] = field(default_factory=dict)
    """Address of a contact, lower case → the client's name; a contact may write from a public provider."""
    our_domains: frozenset[str] = frozenset()
    our_emails: frozenset[str] = frozenset()
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name as `plain_name` gives it → the addresses this person has."""
    trusted_hosts: frozenset[str] = frozenset()
    """authserv-ids, or domains above them, whose Authentication-Results were written by our own side."""

    def client_of(self, address: Address) -> str:
        if address.email in self.emails:
            return self.emails[address.email]
        return next((name for domain, name in self.domains.items() if _within(address.domain, domain)), "")

    def is_ours(self, address: Address) -> bool:
        return address.email in self.our_emails or any(_within(address.domain, domain) for domain in self.our_domains)


def warnings(sender: Sender, known: KnownSenders) -> tuple[SenderWarning, ...]:
    """Return what does not fit, the most telling first."""
    address = sender.address
    if not address.email:
        return ()
    client = known.client_of(address)
    ours = known.is_ours(address)
    found: list[SenderWarning] = []
    alike = "" if client or ours else _looks_like(address.domain, (*known.domains, *known.our_domains))
    if alike:
        whose = known.domains.get(alike)
        found.append(
            SenderWarning(
                "look_alike",
                f"{address.domain} is not {alike}"
                + (f", the domain of {whose}" if whose else ", our own domain")
                + "; it only looks like it.",
            )
        )
    if (client or ours or alike) and authentication(sender, known.trusted_hosts) is Authentication.FAIL:
        found.append(
            SenderWarning(
                "authentication", f"Our mail server could not confirm that this comes from {address.domain} (DMARC)."
            )
        )
    if not client and not ours and not alike and (theirs := _borrowed(address, known)):
        found.append(
            SenderWarning(
                "borrowed_name", f"{address.name} is somebody we know, but under {theirs}, not under {address.email}."
            )
        )
    if client or alike:
        away = [a for a in sender.reply_to if a.email and not _same_side(a, address, client, known)]
        if away:
            found.append(SenderWarning("reply_to", f"An answer would go elsewhere: to {away[0].email}."))
    return tuple(found)


def authentication(sender: Sender, trusted_hosts: frozenset[str]) -> Authentication:
    """Read the topmost Authentication-Results field (RFC 8601) that a trusted host wrote; any other may be forged.

    Without a DMARC result an aligned DKIM or SPF pass counts as pass, and a failed SPF without either as fail.
    """
    for raw in sender.authentication_results:
        host, results = _results(raw)
        if not any(_within(host, trusted) for trusted in trusted_hosts):
            continue
        if (dmarc := results.get("dmarc")) is not None and dmarc[0] in {"pass", "fail"}:
            return Authentication(dmarc[0])
        domain = sender.address.domain
        signed = [results[method] for method in ("dkim", "spf") if method in results]
        if any(result == "pass" and _aligned(by, domain) for result, by in signed):
            return Authentication.PASS
        if results.get("spf", ("", ""))[0] == "fail":
            return Authentication.FAIL
        return Authentication.UNKNOWN
    return Authentication.UNKNOWN


def plain_name(name: str) -> str:
    """A person's name for comparing: no accents, no titles' dots, one space, case folded."""
    decomposed = unicodedata.normalize("NFKD", name)
    return " ".join(re.findall(r"\w+", "".join(c for c in decomposed if not unicodedata.combining(c)))).casefold()


def trusted_hosts(email: str, imap_host: str, named: Iterable[str] = ()) -> frozenset[str]:
    """Return whose Authentication-Results to believe for an account: the named hosts, else whoever runs its mail."""
    chosen = frozenset(host.lower() for host in named if host)
    if chosen:
        return chosen
    domain = email.rpartition("@")[2].lower()
    provider = _organisation(imap_host.lower())
    return frozenset({domain, provider, *_WRITTEN_BY.get(provider, ())} - {""}) - _EVERYBODYS


_WRITTEN_BY = {
    "gmail.com": ("google.com",),
    "googlemail.com": ("google.com",),
    "office365.com": ("protection.outlook.com",),
    "outlook.com": ("protection.outlook.com",),
    "fastmail.com": ("messagingengine.com",),
    "me.com": ("icloud.com",),
    "yahoo.com": ("yahoo.com",),
}
"""Provider of the IMAP server → authserv-ids it uses."""
_EVERYBODYS = frozenset({"localhost"})

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*([a-z0-9-]+)\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(
    r"(?:header\.d|header\.i|smtp\.mailfrom|smtp\.helo|header\.from)\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE
)


def _results(raw: str) -> tuple[str, dict[str, tuple[str, str]]]:
    """authserv-id, and by method its result and the domain it is about; of several DKIM results the best."""
    text = raw
    while (bare := _COMMENT.sub(" ", text)) != text:
        text = bare
    head, *parts = text.split(";")
    host = (head.split() or [""])[0].lower()
    results: dict[str, tuple[str, str]] = {}
    for part in parts:
        if (match := _RESULT.match(part)) is None:
            continue
        method, result = match[1].lower(), match[2].lower()
        about = _PROPERTY.search(part)
        by = "" if about is None else about[1].rpartition("@")[2].lower()
        if method not in results or result == "pass":
            results[method] = (result, by)
    return host, results


def _aligned(by: str, domain: str) -> bool:
    return bool(by) and (_within(by, domain) or _within(domain, by) or _organisation(by) == _organisation(domain))


def _within(domain: str, above: str) -> bool:
    return domain == above or domain.endswith(f".{above}")


def _same_side(address: Address, sender: Address, client: str, known: KnownSenders) -> bool:
    if known.is_ours(address) or _organisation(address.domain) == _organisation(sender.domain):
        return True
    return bool(client) and known.client_of(address) == client


def _borrowed(address: Address, known: KnownSenders) -> str:
    """The address that somebody of this name has; "" for a name of one word, which is anybody's."""
    name = plain_name(address.name)
    emails = known.people.get(name, frozenset()) if " " in name else frozenset()
    return "" if address.email in emails else min(emails, default="")


# ---- domains that look like others

_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "ltd", "plc", "edu"})
_SHORTEST = 5
"""Letters of a name in which one changed letter is no accident."""
_TELLING = 7
"""Letters of a name that does not turn up in another domain by chance."""
_ALIKE = str.maketrans(
    {
        **dict(zip("аеорсхуіјѕһԁпԝѵкмтв", "aeopcxyijshdnwvkmtb", strict=True)),
        **dict(zip("οαριτυκνχηεß", "oapitukvxnes", strict=True)),
        **dict(zip("0135$|!", "olesslI".lower(), strict=True)),
        "ı": "i",
        "ɩ": "i",
        "ɡ": "g",
        "ł": "l",
        "đ": "d",
        "ø": "o",
    }
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"), ("i", "l"))


def _looks_like(domain: str, domains: Iterable[str]) -> str:
    """The domain of these that this one might be taken for, "" for none."""
    shown = _decoded(domain)
    own_name = _name(shown)
    for other in domains:
        name = _name(other)
        if len(name) < _SHORTEST:
            continue
        if _skeleton(shown) == _skeleton(other) or own_name == name or _skeleton(own_name) == _skeleton(name):
            return other
        if _one_edit_apart(shown, other) or _one_edit_apart(own_name, name):
            return other
        if len(name) >= _TELLING and name in re.split(r"[.-]", shown):
            return other
    return ""


def _decoded(domain: str) -> str:
    """An internationalised domain as people see it (RFC 5891)."""
    labels = []
    for label in domain.split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label)
        except (UnicodeError, ValueError):
            labels.append(label)
    return ".".join(labels)


def _name(domain: str) -> str:
    """The label somebody registered: acme of mail.acme.co.uk."""
    labels = domain.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    return labels[-1] if labels else domain


def _organisation(domain: str) -> str:
    """acme.co.uk of mail.acme.co.uk; a guess without the public suffix list, used only to find two alike."""
    labels = domain.split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else 2  # noqa: PLR2004
    return ".".join(labels[-keep:])


def _skeleton(domain: str) -> str:
    """A domain with every sign that reads like another one replaced (after UTS 39)."""
    decomposed = unicodedata.normalize("NFKD", domain.casefold())
    text = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_ALIKE).replace("-", "")
    for pair, single in _PAIRS:
        text = text.replace(pair, single)
    return text


def _one_edit_apart(one: str, other: str) -> bool:
    """One letter put in, left out, changed, or swapped with its neighbour."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return swapped or short[at + 1 :] == long[at + 1 :]
