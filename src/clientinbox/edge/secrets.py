"""Where a password or token comes from: a command, the environment, or (only if insisted on) the config.

A password is returned and never kept, a token is kept in memory until it runs out; no error here carries what a command
printed.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from clientinbox.errors import NetworkError, TokenRefused, UsageError
from clientinbox.mail.account import PasswordSource
from clientinbox.mail.ports import Secret

PATIENCE = 30.0
"""Seconds a command may take: a key may have to be unlocked by hand."""
_EARLY = 300.0
"""Seconds before its end at which a token is no longer used: a long command must not outlive it."""
_LONGEST_QUOTE = 200


def secret_for(
    source: PasswordSource, *, environ: Mapping[str, str], insecure: bool = False, patience: float = PATIENCE
) -> Secret:
    """Fetch the password, or say where tokens come from, which are fetched when one is needed."""
    if source.token:
        return TokenCommand.of(source.command, environ, patience)
    return password_for(source, environ=environ, insecure=insecure, patience=patience)


def password_for(
    source: PasswordSource, *, environ: Mapping[str, str], insecure: bool = False, patience: float = PATIENCE
) -> str:
    """Fetch the password; UsageError where there is none to be had."""
    if source.command:
        return _password_from(source.command, environ, patience)
    if source.env:
        if not (password := environ.get(source.env)):
            raise UsageError(
                f"The environment variable {source.env}, which should hold the password, is not set.",
                todo="Set it, or use password.command.",
            )
        return password
    if source.raw:
        if not insecure:
            raise UsageError(
                "The password stands in plain text in the config.",
                todo='Use password.command = ["pass", "show", "…"], or insist with --insecure.',
            )
        return source.raw
    raise UsageError("The account names no password.", todo="Set password.command or password.env.")


class TokenCommand:
    """Tokens from a command, which prints one on its first line, or a JSON object as in RFC 6749, 5.1.

    Of a JSON answer with `expires_in` the token is kept until shortly before that, for all threads: some providers take
    tokens back from those who ask for a new one at each poll.
    """

    _known: dict[tuple[str, ...], "TokenCommand"] = {}  # noqa: RUF012 - shared on purpose
    _guard = threading.Lock()

    @classmethod
    def of(cls, argv: tuple[str, ...], environ: Mapping[str, str], patience: float = PATIENCE) -> "TokenCommand":
        """The one for this command, with the token that it has already."""
        with cls._guard:
            return cls._known.setdefault(argv, cls(argv, environ, patience))

    def __init__(
        self,
        argv: tuple[str, ...],
        environ: Mapping[str, str],
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._argv = argv
        self._environ = environ
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def token(self) -> str:
        with self._lock:
            return self._token if self._token and self._clock() < self._until else self._fetch()

    def renewed(self, refused: str) -> str:
        with self._lock:
            if self._token != refused and self._token and self._clock() < self._until:
                return self._token  # another thread was quicker
            return self._fetch()

    def _fetch(self) -> str:
        """Raises NetworkError for a command that fails (it may be offline), TokenRefused if it says why it is over."""
        self._token, self._until = "", 0.0
        program = self._argv[0]
        try:
            code, printed = _run(self._argv, self._environ, self._patience, "token")
        except _TooSlow as exc:
            raise NetworkError(exc.what) from None
        text = printed.strip()
        answer = _json_object(text) if text.startswith(b"{") else None
        if answer is not None and "error" in answer:
            why = _words(answer.get("error_description") or answer["error"])
            raise TokenRefused(f"{program} has no token any more: {why.rstrip('.')}.", todo="Sign in again with it.")
        if code:
            raise NetworkError(
                f"The token command {program} failed with exit code {code}.",
                todo="Run it by hand to see why; it may want you to sign in again.",
            )
        token = answer.get("access_token") if answer is not None else _first_line(printed, program, "token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
            raise UsageError(f"What the token command {program} printed holds no access token.")
        lasts = answer.get("expires_in") if answer is not None else None
        if isinstance(lasts, str) and lasts.isdigit():
            lasts = int(lasts)
        if isinstance(lasts, int | float) and lasts > 0:
            self._token, self._until = token, self._clock() + max(lasts - _EARLY, lasts / 2)
        return token


def _json_object(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _words(words: object) -> str:
    text = "".join(character if character.isprintable() else " " for character in str(words)[:_LONGEST_QUOTE])
    return " ".join(text.split())


def _password_from(argv: tuple[str, ...], environ: Mapping[str, str], patience: float) -> str:
    code, printed = _run(argv, environ, patience, "password")
    if code:
        raise UsageError(
            f"The password command {argv[0]} failed with exit code {code}.", todo="Run it by hand to see why."
        )
    return _first_line(printed, argv[0], "password")


def _first_line(printed: bytes, program: str, what: str) -> str:
    try:
        line = printed.partition(b"\n")[0].removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"What the {what} command {program} printed is not UTF-8.") from None
    if not line:
        raise UsageError(f"The {what} command {program} printed an empty first line.")
    return line


class _TooSlow(UsageError):
    pass


def _run(argv: tuple[str, ...], environ: Mapping[str, str], patience: float, what: str) -> tuple[int, bytes]:
    """(exit code, what it printed)"""
    program = argv[0]
    try:
        # Its complaints are dropped: they would paint over the screen, and may quote what it was given.
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # "from None": this exception holds what was printed so far.
        raise _TooSlow(f"The {what} command {program} did not finish within {patience:g} seconds.") from None
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "not a command"
        raise UsageError(f"The {what} command {program} cannot be run: {reason}.") from exc
    return done.returncode, done.stdout
