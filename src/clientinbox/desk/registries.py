"""The registry comes in and goes out as a document; what it changes about stored mail is said here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clientinbox.desk.people import Ours, WithClients
from clientinbox.desk.scope import NOT_WITH_A_CLIENT, SCOPE_REASONS
from clientinbox.edge.registry_file import write_document
from clientinbox.edge.store import Connection, folders, registry, writes
from clientinbox.projects.registry import Registry
from clientinbox.projects.registry_form import document_of, read_registry


def replace_registry(
    connection: Connection, document: dict[str, Any], now: datetime, account_emails: Sequence[str]
) -> tuple[Registry, tuple[str, ...]]:
    """Returns the registry and warnings. Raises UsageError before anything is changed."""
    read, warnings = read_registry(document, now)
    before = registry.load_registry(connection)
    registry.save_registry(connection, read)
    ours = Ours.of(read.us, account_emails)
    writes.mark_ours(connection, ours.includes)
    if (WithClients.of(before), Ours.of(before.us, account_emails)) != (WithClients.of(read), ours):
        # their headers are asked for again by the next pass, which brings in what is a client's now
        folders.drop_skips(connection, (*SCOPE_REASONS, NOT_WITH_A_CLIENT))
    return read, warnings


def registry_as_toml(connection: Connection) -> str:
    return write_document(document_of(registry.load_registry(connection)))
