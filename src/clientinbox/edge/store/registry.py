"""Clients, contacts, projects and register rows: what `registry import` writes and every derivation reads."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from clientinbox.edge.store.connection import Connection, transaction
from clientinbox.edge.store.rows import compact
from clientinbox.projects.registry import Client, Colleague, Contact, Project, RegisterRow, Registry, Role, Us


def save_registry(connection: Connection, registry: Registry) -> None:
    """Replace the registry as a whole; every thread will be derived again."""
    with transaction(connection):
        for table in ("projects", "contacts", "clients"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM register_rows WHERE call IS NULL")
        for position, client in enumerate(registry.clients):
            connection.execute(
                "INSERT INTO clients (key, position, name, domains, timezone, compensation_cap, notes) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    client.key,
                    position,
                    client.name,
                    compact(client.domains),
                    client.timezone,
                    client.compensation_cap,
                    client.notes,
                ),
            )
            for order, c in enumerate(client.contacts):
                connection.execute(
                    "INSERT INTO contacts (client, position, email, name, role, title, phone, mobile, notes) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (client.key, order, c.email, c.name, c.role.value, c.title, c.phone, c.mobile, c.notes),
                )
        for position, project in enumerate(registry.projects):
            connection.execute(
                "INSERT INTO projects (code, client, position, name, status, data) VALUES (?, ?, ?, ?, ?, ?)",
                (project.code, project.client, position, project.name, project.status, _project_data(project)),
            )
        connection.executemany(
            "INSERT INTO register_rows (kind, data) VALUES (?, ?)",
            [(row.kind, compact(row.data)) for row in registry.rows],
        )
        for name, value in (("us", compact(asdict(registry.us))), ("currency", compact(registry.currency))):
            connection.execute("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", (name, value))
        connection.execute("UPDATE threads SET stale = 1 WHERE merged_into IS NULL")


def add_contact(connection: Connection, client: str, contact: Contact) -> None:
    """At the end of a client's contacts; every thread will be derived again."""
    with transaction(connection):
        connection.execute(
            "INSERT INTO contacts (client, position, email, name, role, title, phone, mobile, notes) "
            "SELECT ?, coalesce(max(position) + 1, 0), ?, ?, ?, ?, ?, ?, ? FROM contacts WHERE client = ?",
            (
                client,
                contact.email,
                contact.name,
                contact.role.value,
                contact.title,
                contact.phone,
                contact.mobile,
                contact.notes,
                client,
            ),
        )
        connection.execute("UPDATE threads SET stale = 1 WHERE merged_into IS NULL")


def load_registry(connection: Connection) -> Registry:
    """An empty registry where none was imported."""
    contacts: dict[str, list[Contact]] = {}
    for row in connection.execute("SELECT * FROM contacts ORDER BY client, position"):
        contacts.setdefault(row["client"], []).append(
            Contact(
                row["name"], row["email"], Role(row["role"]), row["title"], row["phone"], row["mobile"], row["notes"]
            )
        )
    clients = tuple(
        Client(
            key=row["key"],
            name=row["name"],
            contacts=tuple(contacts.get(row["key"], ())),
            domains=tuple(json.loads(row["domains"])),
            timezone=row["timezone"],
            compensation_cap=row["compensation_cap"],
            notes=row["notes"],
        )
        for row in connection.execute("SELECT * FROM clients ORDER BY position")
    )
    projects = tuple(
        _project(row["code"], row["client"], row["name"], row["status"], json.loads(row["data"]))
        for row in connection.execute("SELECT * FROM projects ORDER BY position")
    )
    rows = tuple(
        RegisterRow(row["kind"], json.loads(row["data"]))
        for row in connection.execute("SELECT kind, data FROM register_rows ORDER BY id")
    )
    facts = {row["name"]: json.loads(row["value"]) for row in connection.execute("SELECT name, value FROM facts")}
    return Registry(
        us=_us(facts["us"]) if "us" in facts else Us(),
        clients=clients,
        projects=projects,
        rows=rows,
        currency=facts.get("currency", ""),
    )


def _project_data(project: Project) -> str:
    data = {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in asdict(project).items()
        if key not in {"code", "client", "name", "status"}
    }
    return compact(data)


def _project(code: str, client: str, name: str, status: str, data: dict[str, Any]) -> Project:
    for key in ("started", "baseline", "current"):
        data[key] = date.fromisoformat(data[key]) if data[key] else None
    data["keywords"] = tuple(data["keywords"])
    return Project(code=code, client=client, name=name, status=status, **data)


def _us(data: dict[str, Any]) -> Us:
    people = tuple(Colleague(**person) for person in data.pop("people"))
    return Us(
        people=people,
        domains=tuple(data.pop("domains")),
        workdays=tuple(data.pop("workdays")),
        **data,
    )
