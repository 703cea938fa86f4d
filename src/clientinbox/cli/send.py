"""`clientinbox send DRAFT`: the one command that sends."""

import argparse
import sys
from typing import TYPE_CHECKING

from clientinbox.errors import ClientInboxError, ExitCode, UsageError

if TYPE_CHECKING:
    from clientinbox.desk.desk import Desk
    from clientinbox.mail.drafts import OutboxEntry


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("send", help="send a draft, after a moment to change your mind")
    parser.add_argument("draft", type=int, metavar="DRAFT", help="its number, as `draft list` shows it")
    when = parser.add_mutually_exclusive_group()
    when.add_argument("--now", action="store_true", help="at once, and wait for the server's word")
    when.add_argument("--undo", type=int, default=30, metavar="SECONDS", help="how long it can be taken back (30)")
    parser.add_argument(
        "--waive",
        action="append",
        default=[],
        metavar="SLOT=REASON",
        help="leave a slot of the solution frame out: problem, remedy, date, cost or next_update",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would go out, and what stands in its way")
    parser.add_argument("--json", action="store_true", help="its place in the outbox as one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from clientinbox.desk.desk import open_desk

    waived = _waivers(arguments.waive)
    with open_desk(arguments.config, insecure=arguments.insecure) as desk:
        if arguments.dry_run:
            return _show(desk, arguments.draft, waived)
        entry = desk.send_draft(arguments.draft, undo_seconds=0 if arguments.now else arguments.undo, waived=waived)
        if arguments.now:
            desk.send_due()
            entry = desk.outbox_entry(entry.id)
        else:
            desk.send_later()
    return _report(entry, as_json=arguments.json)


def _waivers(given: list[str]) -> dict[str, str]:
    waived: dict[str, str] = {}
    for each in given:
        slot, _, reason = each.partition("=")
        if not reason.strip():
            raise UsageError(f"--waive {each} gives no reason.", todo="--waive SLOT=REASON")
        waived[slot.strip()] = reason
    return waived


def _show(desk: "Desk", draft: int, waived: dict[str, str]) -> int:
    from clientinbox.desk.readiness import NotReady

    ready = desk.ready(draft, waived=waived)
    mail = ready.mail
    people = (("To", mail.to), ("Cc", mail.cc), ("Bcc", mail.bcc))
    fields = [("From", str(mail.sender)), *((name, ", ".join(map(str, who))) for name, who in people if who)]
    for name, value in [*fields, ("Subject", mail.subject)]:
        print(f"{name}: {value}")
    print()
    print(mail.body.rstrip())
    if ready.gaps:
        raise NotReady(ready.gaps)
    return int(ExitCode.OK)


def _report(entry: "OutboxEntry", *, as_json: bool) -> int:
    from clientinbox.cli.outgoing import entry_line, entry_shape
    from clientinbox.cli.shapes import dumps

    if as_json:
        print(dumps(entry_shape(entry)))
    else:
        print(entry_line(entry))
    if entry.state == "failed":
        raise ClientInboxError(f"{entry.last_error}", todo=f"Draft {entry.draft} is open again.")
    if entry.state == "waiting" and entry.attempts:
        print("clientinbox: queued, offline; the next sync tries again.", file=sys.stderr)
        return int(ExitCode.NETWORK)
    if entry.state == "waiting":
        print(f"clientinbox outbox cancel {entry.id} takes it back until then.", file=sys.stderr)
    return int(ExitCode.OK)
