"""Who our clients are, whom we know there, what we build for them: values, as the store and the TOML form hold them."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What somebody may do, as far as a project is concerned."""

    DECIDER = "decider"
    APPROVER = "approver"
    USER = "user"
    FINANCE = "finance"
    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    US = "us"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    email: str
    """Lower case."""
    role: Role = Role.UNKNOWN
    title: str = ""
    phone: str = ""
    mobile: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    key: str
    name: str
    contacts: tuple[Contact, ...]
    domains: tuple[str, ...] = ()
    """Lower case; mail from any of them is this client's."""
    timezone: str = ""
    """IANA name; "" means ours."""
    compensation_cap: float | None = None
    """What may be offered without asking, in the registry's currency."""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    code: str
    client: str
    name: str
    keywords: tuple[str, ...] = ()
    status: str = "active"
    """active, proposed, waiting on client, finished, closed; the last two are not live."""
    phase: str = ""
    started: date | None = None
    planned_days: int | None = None
    """Business days from start to baseline."""
    baseline: date | None = None
    """Agreed go-live."""
    current: date | None = None
    """Today's honest go-live."""
    cadence_days: int | None = None
    """Business days that may pass between two progress reports."""
    day_rate: float | None = None
    raci: dict[str, dict[str, Any]] = field(default_factory=dict)
    """{"us"|"client": {"responsible": [email], "accountable": email|"", "consulted": […], "informed": […]}}"""

    @property
    def live(self) -> bool:
        return self.status not in {"finished", "closed"}


@dataclass(frozen=True, slots=True)
class Colleague:
    name: str
    email: str
    role: str = ""
    me: bool = False
    phone: str = ""
    escalation_contact: bool = False


@dataclass(frozen=True, slots=True)
class Us:
    name: str = ""
    domains: tuple[str, ...] = ()
    timezone: str = "UTC"
    hours: str = "09:00-17:30"
    workdays: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri")
    trusted_authserv_id: str = ""
    people: tuple[Colleague, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A row of a register (change, slippage, promise, approval, complaint, call, idea), kept as it was given.

    Relative days have become ISO dates: `X_days_ago` and `X_in_days` are `X`, bare `days_ago` is `date`.
    """

    kind: str
    """The table's name in the file: changes, slippage, promises, approvals, calls, ideas…"""
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Registry:
    us: Us = field(default_factory=Us)
    clients: tuple[Client, ...] = ()
    projects: tuple[Project, ...] = ()
    rows: tuple[RegisterRow, ...] = ()
    currency: str = ""
