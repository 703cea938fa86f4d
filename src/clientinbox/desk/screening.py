"""The desk's part for people nobody knows yet: who wrote, whose client they may be of, and what is decided about them.

Of mail that is not stored only From, Subject and Date are kept, for 30 days. Whoever becomes a contact has the mail
that was left out fetched by the next sync; whoever is ignored is not asked about again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clientinbox.errors import UsageError
from clientinbox.mail.message import Address

if TYPE_CHECKING:
    from clientinbox.desk.events import Event
    from clientinbox.edge.store import Connection

_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")


@dataclass(frozen=True, slots=True)
class UnknownSender:
    """Somebody who wrote and is no contact of any client."""

    sender: Address
    client: str | None
    """Key of the client whose domain they write from: they may be a contact there. None: who is this?"""
    subjects: tuple[str, ...]
    """Of what they wrote in the last 30 days, newest first, each once."""
    count: int
    last: datetime
    stored: bool
    """Their mail is here; otherwise only From, Subject and Date are."""


class Screening:
    """What of the desk it needs is declared here and made there."""

    if TYPE_CHECKING:

        @property
        def _connection(self) -> "Connection": ...

        @property
        def _emails(self) -> tuple[str, ...]: ...

        def now(self) -> datetime: ...

        def _ask(self, command: dict[str, Any], listener: Callable[[Event], None]) -> dict[str, Any]: ...

    def unknown_senders(self) -> tuple[UnknownSender, ...]:
        """Proposals for a client first, then who is this?; whoever wrote last first."""
        from clientinbox.desk.people import Ours, WithClients
        from clientinbox.edge.store import registry, screener

        known = registry.load_registry(self._connection)
        ours, everybody = Ours.of(known.us, self._emails), WithClients.of(known)
        found: dict[str, UnknownSender] = {}
        for stored, senders in (
            (True, screener.strangers_stored(self._connection, self.now() - screener.KEPT_FOR)),
            (False, screener.screened(self._connection, self.now())),
        ):
            for each in senders:
                if each.sender.email in everybody.emails or ours.includes(each.sender):
                    continue
                client = next(
                    (
                        c.key
                        for c in known.clients
                        if WithClients(frozenset(), frozenset(c.domains)).includes(each.sender)
                    ),
                    None,
                )
                found.setdefault(
                    each.sender.email,
                    UnknownSender(each.sender, client, each.subjects, each.count, each.last, stored),
                )
        return tuple(sorted(found.values(), key=lambda each: (each.client is None, -each.last.timestamp())))

    def accept_sender(self, email: str, client: str | None = None, name: str | None = None) -> str:
        """Make somebody a contact of a client, by default of the one they are proposed for; says what was done.

        What they wrote before and was left out is fetched by the next sync.
        """
        from clientinbox.desk.scope import NOT_WITH_A_CLIENT, SCOPE_REASONS
        from clientinbox.edge.store import folders, queries, registry, screener
        from clientinbox.projects.registry import Contact

        address = _address(email)
        known = registry.load_registry(self._connection)
        asked = next((each for each in self.unknown_senders() if each.sender.email == address), None)
        key = client or (asked.client if asked is not None else None)
        if key is None:
            raise UsageError(f"Of which client is {address}?", todo="Name it with --client KEY.")
        chosen = next(
            (each for each in known.clients if key.casefold() in {each.key.casefold(), each.name.casefold()}), None
        )
        if chosen is None:
            there = ", ".join(each.key for each in known.clients) or "none yet"
            raise UsageError(f"There is no client {key!r}.", todo=f"There are: {there}.")
        owner = next((c for c in known.clients for contact in c.contacts if contact.email == address), None)
        if owner is not None:
            raise UsageError(f"{address} is a contact of {owner.name} already.")
        given = name or (asked.sender.name if asked is not None else "") or address
        registry.add_contact(self._connection, chosen.key, Contact(given, address))
        screener.unignore(self._connection, address)
        left_out = folders.drop_skips(self._connection, (*SCOPE_REASONS, NOT_WITH_A_CLIENT))
        if queries.message_count(self._connection):
            self._ask({"do": "settle"}, lambda _: None)
        later = " The next sync fetches what was left out." if left_out else ""
        return f"{given} is a contact of {chosen.name} now.{later}"

    def ignore_sender(self, email: str) -> str:
        from clientinbox.edge.store import screener

        address = _address(email)
        screener.ignore(self._connection, address, self.now())
        return f"{address} is not asked about again."


def _address(text: str) -> str:
    address = text.strip().strip("<>").lower()
    if not _ADDRESS.fullmatch(address):
        raise UsageError(f"{text!r} is no e-mail address.")
    return address
