"""The bundled story of eight weeks at an agency, as mail: which messages there are, when, in which folder.

Days in the data are relative to *now*; what comes out is absolute. The data hold no answers: how a message is to be
judged is known to the tests alone.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from clientinbox.demo.letter import letter
from clientinbox.projects.relative import expanded

LONDON = ZoneInfo("Europe/London")
DEMO_START = datetime(2026, 11, 24, 9, 0, tzinfo=LONDON)
"""Tuesday, nine in the morning."""
FOLDERS = ("INBOX", "Sent", "Archive", "Drafts", "Trash")
_SOURCES = frozenset({"source", "decision_source", "accepted_source", "proposal_source", "recap"})


@dataclass(frozen=True, slots=True)
class DemoMessage:
    id: str
    thread: str
    """The story's name for its thread; the mail itself says only References."""
    folder: str
    flags: tuple[str, ...]
    sent_at: datetime
    """Date and INTERNALDATE."""
    raw: bytes
    after: str | None = None
    """Of a later message: what must have been done first, `call:THREAD` or `sent:THREAD`; None for nothing."""

    @property
    def message_id(self) -> str:
        return message_id(self.id)


@dataclass(frozen=True, slots=True)
class Scenario:
    messages: tuple[DemoMessage, ...]
    """Delivered before now, oldest first."""
    later: tuple[DemoMessage, ...]
    """To come with `demo next`, oldest first."""
    registry: dict[str, Any]
    """As parsed from its TOML, days still relative; rows name their messages by Message-ID."""


def message_id(identifier: str) -> str:
    return f"<{identifier}@demo.clientinbox.example>"


def scenario(now: datetime) -> Scenario:
    """The story as it stands at `now` (aware): a Tuesday, nine o'clock in London, since its texts name weekdays."""
    bundled = files("clientinbox.demo") / "data"
    rows = [json.loads(line) for line in (bundled / "messages.jsonl").read_text("utf-8").splitlines()]
    registry = tomllib.loads((bundled / "registry.toml").read_text("utf-8"))
    parents = {row["id"]: row["in_reply_to"] for row in rows}
    messages = [(row["later"], _message(row, _ancestors(row["id"], parents), now)) for row in rows]
    messages.sort(key=lambda found: found[1].sent_at)
    return Scenario(
        messages=tuple(message for later, message in messages if not later),
        later=tuple(message for later, message in messages if later),
        registry={key: _with_message_ids(value, parents) for key, value in registry.items()},
    )


def deliverable(later: Iterable[DemoMessage], done: set[str]) -> tuple[DemoMessage, ...]:
    """The later messages that make sense now; `done` holds what the user did, as `call:THREAD` and `sent:THREAD`."""
    return tuple(message for message in later if message.after is None or message.after in done)


def _message(row: Mapping[str, Any], ancestors: tuple[str, ...], now: datetime) -> DemoMessage:
    today = now.astimezone(LONDON).date()
    day = today - timedelta(days=row["days_ago"])
    hour, minute = map(int, row["time"].split(":"))
    sent_at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(row["tz"]))
    dated = {key: _expanded(row[key], now) for key in ("subject", "text", "html", "headers", "attachments")}
    raw = letter(
        message_id=message_id(row["id"]),
        references=tuple(map(message_id, ancestors)),
        sent_at=sent_at,
        sender=row["from"],
        to=tuple(row["to"]),
        cc=tuple(row["cc"]),
        **dated,
    )
    return DemoMessage(
        id=row["id"],
        thread=row["thread"],
        folder=row["folder"],
        flags=tuple(row["flags"]),
        sent_at=sent_at,
        raw=raw,
        after=row.get("later_after"),
    )


def _expanded(value: Any, now: datetime) -> Any:
    if isinstance(value, str):
        return expanded(value, now.astimezone(LONDON).date())
    if isinstance(value, dict):
        return {key: _expanded(held, now) for key, held in value.items()}
    return [_expanded(held, now) for held in value] if isinstance(value, list) else value


def _ancestors(identifier: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """The messages this one goes back to, oldest first."""
    chain: list[str] = []
    parent = parents[identifier]
    while parent is not None:
        chain.insert(0, parent)
        parent = parents[parent]
    return tuple(chain)


def _with_message_ids(value: Any, known: Mapping[str, str | None]) -> Any:
    """Rows of the registers, with a Message-ID where the story names one of its messages."""
    if isinstance(value, list):
        return [_with_message_ids(held, known) for held in value]
    if isinstance(value, dict):
        return {
            key: message_id(held) if key in _SOURCES and held in known else _with_message_ids(held, known)
            for key, held in value.items()
        }
    return value
