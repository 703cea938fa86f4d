"""The registry comes in and goes out as a document; what it changes about stored mail is said here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clientinbox.desk.intake import NOT_WITH_A_CLIENT
from clientinbox.desk.people import Ours
from clientinbox.edge.registry_file import write_document
from clientinbox.edge.store import Connection, registry, writes
from clientinbox.projects.registry import Registry
from clientinbox.projects.registry_form import document_of, read_registry


def replace_registry(
    connection: Connection, document: dict[str, Any], now: datetime, account_emails: Sequence[str]
) -> tuple[Registry, tuple[str, ...]]:
    """Returns the registry and warnings. Raises UsageError before anything is changed."""
    read, warnings = read_registry(document, now)
    registry.save_registry(connection, read)
    writes.mark_ours(connection, Ours.of(read.us, account_emails).includes)
    writes.drop_skips(connection, NOT_WITH_A_CLIENT)
    return read, warnings


def registry_as_toml(connection: Connection) -> str:
    return write_document(document_of(registry.load_registry(connection)))
