"""Where a password comes from: a command's first line, the environment, or (only if insisted on) the config.

It is returned and never kept; no error here carries what a command printed.
"""

import subprocess
from collections.abc import Mapping

from clientinbox.errors import UsageError
from clientinbox.mail.account import PasswordSource

PATIENCE = 30.0
"""Seconds a password command may take: a key may have to be unlocked by hand."""


def password_for(
    source: PasswordSource, *, environ: Mapping[str, str], insecure: bool = False, patience: float = PATIENCE
) -> str:
    """Fetch the password; UsageError where there is none to be had."""
    if source.command:
        return _from_command(source.command, environ, patience)
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


def _from_command(argv: tuple[str, ...], environ: Mapping[str, str], patience: float) -> str:
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
        # "from None" here and below: these exceptions hold what was printed so far.
        raise UsageError(f"The password command {program} did not finish within {patience:g} seconds.") from None
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "not a command"
        raise UsageError(f"The password command {program} cannot be run: {reason}.") from exc
    if done.returncode:
        raise UsageError(
            f"The password command {program} failed with exit code {done.returncode}.",
            todo="Run it by hand to see why.",
        )
    try:
        password = done.stdout.partition(b"\n")[0].removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"What the password command {program} printed is not UTF-8.") from None
    if not password:
        raise UsageError(f"The password command {program} printed an empty first line.")
    return password
