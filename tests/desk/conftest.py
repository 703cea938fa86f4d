"""A desk without a server: mail is handed to the intake as a sync would, and judged by a classifier that reads its
verdict in the mail ("LEVEL 2", "SCOPE_CHANGE"), so that tests say what was understood.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clientinbox.desk.changes import Changes
from clientinbox.desk.exporting import ExportedMessage, export_messages
from clientinbox.desk.intake import Intake
from clientinbox.desk.knowledge import Knowledge
from clientinbox.desk.reading import StoredInbox, thread_page
from clientinbox.desk.registries import replace_registry
from clientinbox.desk.understanding import Understanding
from clientinbox.desk.views import InboxRow, ThreadPage
from clientinbox.edge.store import Connection, connect, queries, writes
from clientinbox.mail.account import Account, PasswordSource, Scope, Security, Server
from clientinbox.mail.ports import FetchedHeader, FetchedMessage
from clientinbox.triage.classifier import OwnWords
from clientinbox.triage.labels import TENSION_EVIDENCE, Classification, Evidence, Label, Tension

US = "ana@lantern.example"
TRUSTED = frozenset({"lantern.example"})
SERVER = Server("127.0.0.1", 1, Security.PLAIN, US, PasswordSource(env="NONE"))
REGISTRY: dict[str, Any] = {
    "schema": 1,
    "us": {
        "domains": ["lantern.example"],
        "timezone": "Europe/London",
        "hours": "09:00-17:30",
        "people": [{"name": "Ana", "email": US, "me": True}],
    },
    "clients": [
        {
            "key": "acme",
            "name": "Acme",
            "domains": ["acme.example"],
            "contacts": [{"name": "Wile", "email": "wile@acme.example", "role": "decider", "phone": "0191"}],
        }
    ],
    "projects": [{"code": "AC-1", "client": "acme", "name": "Rockets"}],
}


class Reader:
    """Fits `triage.classifier.Classifier`."""

    version = "reader 1"

    def classify(self, messages: Sequence[OwnWords]) -> list[Classification]:
        return [self._one(message.text) for message in messages]

    @staticmethod
    def _one(text: str) -> Classification:
        labels = frozenset(label for label in Label if label.value.upper() in text)
        found = re.search(r"LEVEL (\d)", text)
        level = Tension(int(found[1])) if found else Tension.CALM
        p0, p1, p2, p3 = (0.97 if level == each else 0.01 for each in Tension)
        evidence = (Evidence(TENSION_EVIDENCE, found[0], found.start(), found.end()),) if found else ()
        return Classification(
            labels, {label: float(label in labels) for label in Label}, level, (p0, p1, p2, p3), evidence
        )


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as its bytes and as its server has it."""

    text: str = "Could you look at it? LEVEL 0"
    sender: str = "wile@acme.example"
    to: str = US
    subject: str = "Rocket fuel"
    date: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    id: str | None = ""
    """None: no Message-ID at all; "": made of the date and the text."""
    references: tuple[str, ...] = ()
    extra: str = ""
    flags: tuple[str, ...] = ()

    @property
    def message_id(self) -> str:
        return self.id or f"<{abs(hash((self.date, self.text, self.subject)))}@x>"

    @property
    def raw(self) -> bytes:
        lines = [f"From: {self.sender}", f"To: {self.to}", f"Subject: {self.subject}"]
        lines += [f"Date: {format_datetime(self.date)}"]
        if self.id is not None:
            lines.append(f"Message-ID: {self.message_id}")
        if self.references:
            lines += [f"References: {' '.join(self.references)}", f"In-Reply-To: {self.references[-1]}"]
        lines += [self.extra] if self.extra else []
        return "\r\n".join([*lines, "", self.text]).encode()


@dataclass(slots=True)
class House:
    connection: Connection
    intake: Intake
    understanding: Understanding
    changes: Changes = field(default_factory=Changes)
    now: datetime = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    _uids: dict[str, int] = field(default_factory=dict)

    @property
    def knowledge(self) -> Knowledge:
        return Knowledge.load(self.connection, [US], TRUSTED)

    def list_raw(
        self,
        *raw: bytes,
        folder: str = "INBOX",
        scope: Scope = Scope.ALL,
        dates: Sequence[datetime] = (),
        uids: Sequence[int] = (),
        flags: tuple[str, ...] = (),
    ) -> list[int]:
        """As one batch of headers; returns their UIDs."""
        role = folder.lower()
        account = Account("lantern", US, SERVER, scope=scope)
        number = writes.folder_id(self.connection, account.name, folder, role)
        given = list(uids)
        headers = []
        for position, whole in enumerate(raw):
            if not uids:
                self._uids[folder] = self._uids.get(folder, 0) + 1
                given.append(self._uids[folder])
            when = dates[position] if dates else None
            headers.append(FetchedHeader(given[position], whole.split(b"\r\n\r\n")[0], flags, when, len(whole)))
        self.intake.list_messages(account, number, 1, headers, self.now)
        bodies = dict(zip(given, raw, strict=True))
        self.intake.read_messages(
            [
                (wanted.message, FetchedMessage(wanted.uid, bodies[wanted.uid]))
                for wanted in self.intake.bodies_missing(number)
                if wanted.uid in bodies
            ]
        )
        return given

    def receive(self, *mails: Mail, folder: str = "INBOX", understand: bool = True, scope: Scope = Scope.ALL) -> None:
        """Listed in the order given, each with its date as INTERNALDATE; our own go to Sent."""
        for mail in mails:
            where = "Sent" if mail.sender == US and folder == "INBOX" else folder
            self.list_raw(mail.raw, folder=where, dates=(mail.date,), flags=mail.flags, scope=scope)
        if understand:
            self.understand()

    def understand(self) -> None:
        while self.understanding.step(self.now) is not None:
            pass

    def register(self, **changes: Any) -> None:
        replace_registry(self.connection, {**REGISTRY, **changes}, self.now, [US])
        self.intake.reload_registry()
        self.understanding.registry_changed()

    def inbox(self) -> StoredInbox:
        return StoredInbox(self.connection, self.knowledge, self.now)

    def rows(self) -> list[InboxRow]:
        inbox = self.inbox()
        return list(inbox.rows(0, len(inbox)))

    def page(self, mail: Mail) -> ThreadPage:
        number = queries.thread_of(self.connection, mail.message_id)
        assert number is not None
        page = thread_page(self.connection, number, self.knowledge, self.now)
        assert page is not None
        return page

    def export(self) -> dict[str, ExportedMessage]:
        return {each.message_id: each for each in export_messages(self.connection, self.knowledge, self.now)}

    def threads(self) -> set[frozenset[str]]:
        """Message-IDs by thread."""
        found: dict[int, set[str]] = {}
        for message in queries.all_messages(self.connection):
            found.setdefault(message.thread, set()).add(message.message_id)
        return {frozenset(ids) for ids in found.values()}


def build(path: Path) -> House:
    connection = connect(path)
    understanding = Understanding(connection, [US], TRUSTED)
    understanding._classifier = Reader()
    return House(connection, Intake(connection, [US]), understanding)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With one client, Acme."""
    made = build(tmp_path / "mail.db")
    with closing(made.connection):
        made.register()
        yield made


@pytest.fixture(scope="session")
def kit() -> Any:
    """What tests need of this file, which they cannot import."""
    return SimpleNamespace(Mail=Mail, build=build, US=US, REGISTRY=REGISTRY, Reader=Reader)
