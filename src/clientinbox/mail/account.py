"""An account as its owner configured it; where the password is, never the password itself."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address


class Security(StrEnum):
    TLS = "tls"
    """Implicit TLS (imaps://, smtps://)."""
    STARTTLS = "starttls"
    PLAIN = "plain"
    """No TLS; allowed to loopback alone."""


class Auth(StrEnum):
    """How to log in."""

    AUTO = "auto"
    """What the server offers: with a password LOGIN, or PLAIN where LOGIN is forbidden or cannot carry the words; with
    a token XOAUTH2 or OAUTHBEARER."""
    LOGIN = "login"
    PLAIN = "plain"
    XOAUTH2 = "xoauth2"
    OAUTHBEARER = "oauthbearer"
    """RFC 7628."""


class Scope(StrEnum):
    CLIENTS = "clients"
    """Store only mail with clients."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """Exactly one of `command`, `env` and `raw` is set."""

    command: tuple[str, ...] = ()
    """argv; its first line of output is the password."""
    env: str = ""
    """Name of an environment variable."""
    raw: str = field(default="", repr=False)
    """Plain text in the config; accepted only with --insecure."""
    token: bool = False
    """The command prints an OAuth2 access token, which is not a password: it runs out and is asked for anew."""


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    security: Security
    login: str
    password: PasswordSource
    ca_file: str = ""
    """PEM file of further trusted authorities."""
    auth: Auth = Auth.AUTO
    sasl_ir: bool | None = None
    """Send the first words of a login with the command (RFC 4959); None: where the server offers it. IMAP only."""
    send_id: bool = False
    """Say who we are (RFC 2971), which some servers want before they show a folder. IMAP only."""

    @property
    def exposed(self) -> bool:
        """Would the password cross a network in plain text? Such a server is refused wherever it is named."""
        return self.security is Security.PLAIN and not is_loopback(self.host)


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    email: str
    imap: Server
    smtp: Server | None = None
    display_name: str = ""
    folders: tuple[str, ...] = ()
    """Empty: INBOX, Sent and Archive, found by special use (RFC 6154) and then by name."""
    folder_aliases: tuple[tuple[str, str], ...] = ()
    """(role, folder name) pairs, e.g. ("sent", "[Gmail]/Sent Mail")."""
    scope: Scope = Scope.CLIENTS
    history: timedelta | None = timedelta(days=90)
    """How far back to go; None for everything."""
    read_only: bool = False
    auth_hosts: tuple[str, ...] = ()
    """authserv-ids whose Authentication-Results (RFC 8601) are believed; empty: the account's domain and provider."""
    keywords: bool = False
    """Show labels and tension to other mail programs, as IMAP keywords."""
