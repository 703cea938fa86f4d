"""What every derivation is told beside the mail: who is who, our hours, what was promised. Read once, used by all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from clientinbox.desk.people import Ours
from clientinbox.desk.views import Person
from clientinbox.edge.store import Connection, registry
from clientinbox.edge.store.rows import StoredMessage
from clientinbox.mail.message import Address, SenderWarning
from clientinbox.mail.sender import KnownSenders, Sender, plain_name, warnings
from clientinbox.projects.registry import Client, Contact, Registry, Role
from clientinbox.promises.ledger import Promise, overdue, promise_from
from clientinbox.worktime.hours import WorkCalendar


@dataclass(frozen=True, slots=True)
class Knowledge:
    registry: Registry
    ours: Ours
    calendar: WorkCalendar
    promises: tuple[Promise, ...]
    contacts: dict[str, Contact]
    """By e-mail."""
    clients: dict[str, Client]
    senders: KnownSenders
    me: str
    """Name of whoever uses this inbox; "" where the registry does not say."""

    @classmethod
    def load(
        cls, connection: Connection, account_emails: Sequence[str], trusted_hosts: frozenset[str] = frozenset()
    ) -> Self:
        """`trusted_hosts`: whose Authentication-Results are believed."""
        known = registry.load_registry(connection)
        us = known.us
        return cls(
            registry=known,
            ours=Ours.of(us, account_emails),
            calendar=WorkCalendar.from_words(us.timezone, us.hours, us.workdays),
            promises=tuple(promise_from(row.data) for row in known.rows if row.kind == "promises"),
            contacts={contact.email: contact for client in known.clients for contact in client.contacts},
            clients={client.key: client for client in known.clients},
            senders=_senders(known, account_emails, trusted_hosts),
            me=next((person.name for person in us.people if person.me), ""),
        )

    def late_promises(self, now: datetime) -> tuple[Promise, ...]:
        """Our promises that are overdue on the day it is at our office."""
        return overdue(self.promises, now.astimezone(ZoneInfo(self.calendar.timezone)).date())

    def warnings_about(self, message: StoredMessage) -> tuple[SenderWarning, ...]:
        """Why whoever wrote this may not be who they seem to be."""
        return warnings(Sender(message.sender, message.reply_to, message.authentication_results), self.senders)

    def person(self, address: Address) -> Person:
        """Name and role as the registry has them, else as the mail says."""
        contact = self.contacts.get(address.email)
        if contact is not None:
            return Person(contact.name, contact.email, contact.role.value)
        role = Role.US if self.ours.includes(address) else Role.UNKNOWN
        return Person(address.name or address.email, address.email, role.value)


def _senders(known: Registry, account_emails: Sequence[str], trusted_hosts: frozenset[str]) -> KnownSenders:
    people: dict[str, set[str]] = {}
    contacts = [(contact.name, contact.email) for client in known.clients for contact in client.contacts]
    for name, email in (*contacts, *((person.name, person.email.lower()) for person in known.us.people)):
        people.setdefault(plain_name(name), set()).add(email)
    return KnownSenders(
        domains={domain: client.name for client in known.clients for domain in client.domains},
        emails={contact.email: client.name for client in known.clients for contact in client.contacts},
        our_domains=frozenset(domain.lower() for domain in known.us.domains),
        our_emails=frozenset(
            email.lower() for email in (*account_emails, *(person.email for person in known.us.people))
        ),
        people={name: frozenset(emails) for name, emails in people.items()},
        trusted_hosts=trusted_hosts,
    )
