"""The rows of the registers in a registry file: which keys each register knows, and which of them are days.

A row is kept as it was given; what changes is that days become ISO dates and placeholders become days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from clientinbox.projects.form_reader import Form, FormError
from clientinbox.projects.registry import RegisterRow
from clientinbox.projects.relative import absolute_key, expanded


@dataclass(frozen=True, slots=True)
class Register:
    days: frozenset[str]
    keys: frozenset[str]
    choices: Mapping[str, tuple[str, ...]]


def _register(days: str, keys: str, **choices: tuple[str, ...]) -> Register:
    return Register(frozenset(days.split()), frozenset(keys.split()), choices)


REGISTERS: Mapping[str, Register] = {
    "changes": _register(
        "requested proposed accepted decided done",
        "id project client title requested_by source quote impact_scope impact_days impact_cost state decided_by "
        "decision_source accepted_source proposal_source done_source notes",
        state=("proposed", "accepted", "approved", "declined", "done"),
    ),
    "slippage": _register(
        "from to recorded",
        "id project client what slip_days cause change why source quote notes",
        cause=("client change", "late client input", "us", "third party"),
    ),
    "approvals": _register("date", "id project client what change approved_by quote source notes"),
    "calls": _register(
        "date",
        "id project client contact time minutes reached agreed mood_after source recap notes",
    ),
    "ideas": _register("date", "id project client idea source quote notes"),
    "promises": _register(
        "made due settled",
        "id side project client owner text source state settled_by notes",
        side=("us", "them"),
        state=("open", "kept", "late", "broken"),
    ),
    "complaints": _register(
        "date opened closed",
        "id project client contact what raised_by quote source root_cause cause remedy accepted_by closed_source "
        "remedy_source state owner notes",
    ),
}


_TEXTS = frozenset({"id", "project", "client", "owner", "text", "source", "state", "side", "cause", "settled_by"})
"""Keys that other rooms look things up by, and so need as texts."""


def row_from(kind: str, form: Form, codes: Mapping[str, str], keys: set[str]) -> RegisterRow:
    """One row, absolute. `codes` holds each project's client, `keys` the clients'."""
    register = REGISTERS[kind]
    form.asked.update(register.keys, register.days)
    form.named("id")
    for key in _TEXTS & register.keys:
        form.text(key)
    data: dict[str, Any] = {}
    for key, value in form.data.items():
        name, read = _read(form, register, key, value)
        if name in data:
            form.wrong(key, f"says again what {name} is; leave one of the two out")
        data[name] = read
    _check_references(form, codes, keys)
    for key, allowed in register.choices.items():
        if key in data and data[key] not in allowed:
            form.wrong(key, f"must be one of {', '.join(allowed)}, not {data[key]!r}")
    return RegisterRow(kind, data)


def _read(form: Form, register: Register, key: str, value: object) -> tuple[str, Any]:
    relative = absolute_key(key)
    if relative is not None:
        if relative[0] in register.days:
            form.asked.add(key)
        return relative[0], form.as_day(key, value).isoformat()
    if key in register.days:
        return key, form.as_day(key, value).isoformat()
    try:
        return key, _plain(value, form.today)
    except ValueError as exc:
        raise FormError(f"{form.where}: {key}: {exc}.", todo="Correct it and import the file again.") from exc


def _check_references(form: Form, codes: Mapping[str, str], keys: set[str]) -> None:
    project, client = form.text("project"), form.text("client")
    if project and project not in codes:
        form.wrong("project", f"is {project!r}, and no project has that code")
    if client and client not in keys:
        form.wrong("client", f"is {client!r}, and no client has that key")
    if project and client and codes[project] != client:
        form.wrong("client", f"is {client!r}, but {project} is a project of {codes[project]}")


def _plain(value: Any, today: date) -> Any:
    """A value as JSON can hold it: TOML's times and days as ISO texts, placeholders expanded."""
    if isinstance(value, str):
        return expanded(value, today)
    if isinstance(value, time):
        return value.isoformat("minutes") if not (value.second or value.microsecond) else value.isoformat()
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(held, today) for key, held in value.items()}
    return [_plain(held, today) for held in value] if isinstance(value, list) else value
