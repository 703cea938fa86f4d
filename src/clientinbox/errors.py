"""The root of our errors: what happened and what to do next, in words for a person.

    ClientInboxError
    ├── UsageError          2  wrong arguments, config or input
    │   └── LoginRefused    2  the server said no; never retried
    │       └── TokenRefused   its person has to sign in again
    ├── NetworkError        3  worth a retry
    └── NotReconciled       4  a sync whose counts do not add up

Rooms subclass these beside the code that raises them.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's end means to the script that called it."""

    OK = 0
    """Done."""
    ERROR = 1
    """It failed for a reason that is neither the caller's nor the network's."""
    USAGE = 2
    """Arguments, configuration or a refused login: the same call will fail again."""
    NETWORK = 3
    """The network or the server: worth a retry."""
    ATTENTION = 4
    """Somebody is needed: `triage --check` found a thread, or a sync does not reconcile."""
    INTERRUPTED = 130
    """ctrl+c."""


class ClientInboxError(Exception):
    """One sentence of what happened, one of what to do."""

    exit_code = ExitCode.ERROR

    def __init__(self, what: str, *, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what} {self.todo}".rstrip()


class UsageError(ClientInboxError):
    exit_code = ExitCode.USAGE


class LoginRefused(UsageError):
    """The server refused the login: asking again with the same words will not help."""


class TokenRefused(LoginRefused):
    """No token that can be had is good any more: whoever owns the account has to sign in again."""


class NetworkError(ClientInboxError):
    exit_code = ExitCode.NETWORK


class NotReconciled(ClientInboxError):
    exit_code = ExitCode.ATTENTION
