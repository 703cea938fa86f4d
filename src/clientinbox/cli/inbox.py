"""`clientinbox` without a command: the terminal interface over the configured store."""

import argparse
from typing import TYPE_CHECKING

from clientinbox.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clientinbox.desk.desk import Desk
    from clientinbox.tui.commands import ExtraCommand


def run_inbox(arguments: argparse.Namespace) -> int:
    from clientinbox.cli.main import require_terminal
    from clientinbox.desk.desk import open_desk

    require_terminal("clientinbox triage")
    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        if not desk.has_accounts:
            told = " ".join(desk.warnings)
            raise UsageError(
                f"There is no account yet. {told}".strip(),
                todo="`clientinbox account add` adds one; `clientinbox demo` shows the program without one.",
            )
        return run_app(desk)


def run_app(desk: "Desk", *, headline: str = "", extra_commands: "Sequence[ExtraCommand]" = ()) -> int:
    from clientinbox.tui.app import ClientInbox

    return ClientInbox(desk, headline=headline, extra_commands=extra_commands).run() or 0
