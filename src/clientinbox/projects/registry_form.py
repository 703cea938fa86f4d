"""The registry as a file: what the parsed TOML of `registry import` means, and what `registry export` writes.

Only `schema`, `us`, `clients.key/name/contacts` and `projects.code/client/name` must be there. Days may be said
relative to now (projects/relative.py); what comes out is absolute. A mistake that would lose or misplace something is
an error naming table, row and key; a key nobody knows is a warning.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from clientinbox.projects.form_reader import Form, FormError
from clientinbox.projects.register_form import REGISTERS, row_from
from clientinbox.projects.registry import Client, Colleague, Contact, Project, RegisterRow, Registry, Role, Us

SCHEMA = 1
STATUSES = ("active", "proposed", "waiting on client", "finished", "closed")
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_WORKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SIDES = ("us", "client")
_PARTS = ("responsible", "consulted", "informed")


def registry_from(document: Mapping[str, Any], now: datetime) -> Registry:
    """Read a registry; raises FormError (a UsageError) on the first mistake. `now` is aware."""
    return read_registry(document, now)[0]


def read_registry(document: Mapping[str, Any], now: datetime) -> tuple[Registry, tuple[str, ...]]:
    """Read a registry, and say what in it was not understood."""
    return _Reading(warnings=[]).registry(document, now)


@dataclass(slots=True)
class _Reading:
    warnings: list[str]
    emails: dict[str, str] = field(default_factory=dict)
    """Contact's e-mail → client's key."""

    def registry(self, document: Mapping[str, Any], now: datetime) -> tuple[Registry, tuple[str, ...]]:
        form = Form(document, "registry", now.date())
        if form.whole("schema") != SCHEMA:
            got = "is missing" if "schema" not in document else f"must be {SCHEMA}"
            form.wrong("schema", f"{got}; this version reads schema {SCHEMA}")
        if "us" not in document:
            form.wrong("us", "is missing: a table that says who we are")
        us = self.us(form.table("us"))
        # "Five days ago" is five days before the day it is where we work.
        form.today = now.astimezone(ZoneInfo(us.timezone)).date()
        clients = self.clients(form)
        projects = self.projects(form, {client.key for client in clients}, us)
        registry = Registry(
            us=us,
            clients=clients,
            projects=projects,
            rows=self.rows(form, clients, projects),
            currency=form.text("currency"),
        )
        self.warnings.extend(form.unknown())
        return registry, tuple(self.warnings)

    def us(self, form: Form) -> Us:
        people = []
        for row in form.tables("people"):
            row.named("name")
            people.append(
                Colleague(
                    name=row.text("name"),
                    email=row.email("email"),
                    role=row.text("role"),
                    me=row.flag("me"),
                    phone=row.text("phone"),
                    escalation_contact=row.flag("escalation_contact"),
                )
            )
            self.warnings.extend(row.unknown())
        no_duplicates(form, "people", (person.email for person in people))
        hours = form.text("hours", Us().hours)
        if not _HOURS.fullmatch(hours) or hours[:5] >= hours[6:]:
            form.wrong("hours", f"must look like 09:00-17:30, not {hours!r}")
        workdays = tuple(day.lower() for day in form.texts("workdays")) or Us().workdays
        for day in workdays:
            if day not in _WORKDAYS:
                form.wrong("workdays", f"must be among {', '.join(_WORKDAYS)}, and {day!r} is not")
        us = Us(
            name=form.text("name"),
            domains=domains(form),
            timezone=timezone(form) or Us().timezone,
            hours=hours,
            workdays=workdays,
            trusted_authserv_id=form.text("trusted_authserv_id"),
            people=tuple(people),
        )
        self.warnings.extend(form.unknown())
        return us

    def clients(self, form: Form) -> tuple[Client, ...]:
        clients = []
        for row in form.tables("clients"):
            row.named("key")
            key = row.needed("key")
            name = row.needed("name")
            if "contacts" not in row.data:
                row.wrong("contacts", "is missing: the people you know there, or an empty list")
            clients.append(
                Client(
                    key=key,
                    name=name,
                    contacts=self.contacts(row, key),
                    domains=domains(row),
                    timezone=timezone(row),
                    compensation_cap=row.amount("compensation_cap"),
                    notes=row.text("notes"),
                )
            )
            self.warnings.extend(row.unknown())
        no_duplicates(form, "clients.key", (client.key for client in clients))
        owner: dict[str, str] = {}
        for client in clients:
            for domain in client.domains:
                if owner.setdefault(domain, client.key) != client.key:
                    self.warnings.append(
                        f"{domain} is a domain of both {owner[domain]} and {client.key}: named contacts alone decide"
                    )
        return tuple(clients)

    def contacts(self, client: Form, key: str) -> tuple[Contact, ...]:
        contacts = []
        for row in client.tables("contacts"):
            row.named("name")
            email = row.email("email")
            contacts.append(
                Contact(
                    name=row.text("name") or email,
                    email=email,
                    role=role(row),
                    title=row.text("title"),
                    phone=row.text("phone"),
                    mobile=row.text("mobile"),
                    notes=row.text("notes"),
                )
            )
            self.warnings.extend(row.unknown())
            if self.emails.setdefault(email, key) != key:
                self.warnings.append(f"{email} is a contact of {self.emails[email]} and of {key}")
        no_duplicates(client, "contacts", (contact.email for contact in contacts))
        return tuple(contacts)

    def projects(self, form: Form, clients: set[str], us: Us) -> tuple[Project, ...]:
        projects = []
        ours = {person.email for person in us.people}
        for row in form.tables("projects"):
            row.named("code")
            code = row.needed("code")
            client = row.needed("client")
            if client not in clients:
                row.wrong("client", f"is {client!r}, and no client has that key")
            status = row.text("status", "active")
            if status not in STATUSES:
                row.wrong("status", f"must be one of {', '.join(STATUSES)}, not {status!r}")
            projects.append(
                Project(
                    code=code,
                    client=client,
                    name=row.needed("name"),
                    keywords=row.texts("keywords"),
                    status=status,
                    phase=row.text("phase"),
                    started=row.day("started"),
                    planned_days=row.whole("planned_days"),
                    baseline=row.day("baseline"),
                    current=row.day("current"),
                    cadence_days=row.whole("cadence_days"),
                    day_rate=row.amount("day_rate"),
                    raci=self.raci(row, ours | set(self.emails)),
                )
            )
            self.warnings.extend(row.unknown())
        no_duplicates(form, "projects.code", (project.code.casefold() for project in projects))
        return tuple(projects)

    def raci(self, project: Form, known: set[str]) -> dict[str, dict[str, Any]]:
        """Who is responsible, accountable, consulted, informed; nobody is an empty text."""
        card: dict[str, dict[str, Any]] = {}
        if "raci" not in project.data:
            project.asked.add("raci")
            return card
        form = project.table("raci")
        for side in _SIDES:
            if side not in form.data:
                form.asked.add(side)
                continue
            row = form.table(side)
            names: dict[str, Any] = {part: [row.as_email(part, who) for who in row.texts(part)] for part in _PARTS}
            accountable = row.text("accountable").strip()
            names["accountable"] = row.as_email("accountable", accountable) if accountable else ""
            card[side] = names
            everybody = {names["accountable"], *(who for part in _PARTS for who in names[part])} - {""}
            self.warnings.extend(
                f"{row.where} names {who}, whom the registry does not know" for who in sorted(everybody - known)
            )
            self.warnings.extend(row.unknown())
        self.warnings.extend(form.unknown())
        return card

    def rows(self, form: Form, clients: tuple[Client, ...], projects: tuple[Project, ...]) -> tuple[RegisterRow, ...]:
        rows = []
        codes = {project.code: project.client for project in projects}
        keys = {client.key for client in clients}
        form.asked.update(REGISTERS)
        for kind in document_order(form.data):
            ids = []
            for row in form.tables(kind):
                read = row_from(kind, row, codes, keys)
                rows.append(read)
                if "id" in read.data:
                    ids.append(str(read.data["id"]))
                self.warnings.extend(row.unknown())
            no_duplicates(form, f"{kind}.id", ids)
        return tuple(rows)


def document_order(data: Mapping[str, Any]) -> list[str]:
    return [kind for kind in data if kind in REGISTERS]


def no_duplicates(form: Form, key: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            form.wrong(key, f"{value!r} stands there twice")
        seen.add(value)


def domains(form: Form) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in form.texts("domains"))
    for name in names:
        if not name or "@" in name or not name.isprintable() or " " in name:
            form.wrong("domains", f"must hold names such as acme.example, and {name!r} is none")
    return names


def timezone(form: Form) -> str:
    name = form.text("timezone")
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as exc:  # not found; a folder of the database; a path out of it
            raise FormError(
                f"{form.where}: timezone is no time zone: {name!r}.", todo="Write one such as Europe/London."
            ) from exc
    return name


def role(form: Form) -> Role:
    value = form.text("role", Role.UNKNOWN)
    allowed = [one for one in Role if one is not Role.US]
    if value not in allowed:
        form.wrong("role", f"must be one of {', '.join(allowed)}, not {value!r}")
    return Role(value)


def document_of(registry: Registry) -> dict[str, Any]:
    """The registry as a document of texts, numbers, lists and tables, with absolute days; defaults are left out."""
    us = registry.us
    document: dict[str, Any] = {"schema": SCHEMA}
    if registry.currency:
        document["currency"] = registry.currency
    document["us"] = filled(us, Us(), skip=("people",))
    if us.people:
        document["us"]["people"] = [filled(person, Colleague("", "")) for person in us.people]
    if registry.clients:
        document["clients"] = [client_table(client) for client in registry.clients]
    if registry.projects:
        document["projects"] = [filled(project, Project("", "", "")) for project in registry.projects]
    for row in registry.rows:
        document.setdefault(row.kind, []).append(dict(row.data))
    return document


def client_table(client: Client) -> dict[str, Any]:
    table = filled(client, Client("", "", ()), skip=("contacts",))
    table["contacts"] = [filled(contact, Contact("", "")) for contact in client.contacts]
    return table


def filled(value: Any, empty: Any, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields that differ from those of an empty value, as a document holds them."""
    table = {}
    for name in value.__slots__:
        held = getattr(value, name)
        if name not in skip and held != getattr(empty, name):
            table[name] = plain(held)
    return table


def plain(value: Any) -> Any:
    if isinstance(value, Role):
        return value.value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(held) for key, held in value.items()}
    return [plain(held) for held in value] if isinstance(value, list | tuple) else value
