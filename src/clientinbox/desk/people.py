"""Who is one of us, and which mail is with a client: asked of every header that walks in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from clientinbox.mail import sender
from clientinbox.mail.account import Account
from clientinbox.mail.message import Address, Envelope
from clientinbox.projects.registry import Registry, Us


@dataclass(frozen=True, slots=True)
class Ours:
    emails: frozenset[str]
    domains: frozenset[str]

    @classmethod
    def of(cls, us: Us, account_emails: Iterable[str]) -> Self:
        people = {person.email.lower() for person in us.people} | {email.lower() for email in account_emails}
        return cls(frozenset(people), frozenset(domain.lower() for domain in us.domains))

    def includes(self, address: Address) -> bool:
        return address.email in self.emails or address.domain in self.domains

    def by_hand(self, envelope: Envelope) -> Envelope:
        """What comes through a list of our own (projects@us) a person wrote, whatever the list's software says."""
        list_domain = envelope.list_id.partition(".")[2]
        if envelope.automatic == "List-Id" and any(
            list_domain == domain or list_domain.endswith(f".{domain}") for domain in self.domains
        ):
            return replace(envelope, automatic="")
        return envelope


@dataclass(frozen=True, slots=True)
class WithClients:
    emails: frozenset[str]
    domains: frozenset[str]

    @classmethod
    def of(cls, registry: Registry) -> Self:
        return cls(
            frozenset(contact.email for client in registry.clients for contact in client.contacts),
            frozenset(domain for client in registry.clients for domain in client.domains),
        )

    def in_envelope(self, envelope: Envelope) -> bool:
        return any(self.includes(a) for a in (envelope.sender, *envelope.to, *envelope.cc, *envelope.reply_to))

    def includes(self, address: Address) -> bool:
        return address.email in self.emails or any(
            address.domain == domain or address.domain.endswith(f".{domain}") for domain in self.domains
        )


def trusted_hosts(accounts: Iterable[Account]) -> frozenset[str]:
    """Whose Authentication-Results are believed: what each account names, else its own domain and its provider."""
    return frozenset(
        host
        for account in accounts
        for host in sender.trusted_hosts(account.email, account.imap.host, account.auth_hosts)
    )
